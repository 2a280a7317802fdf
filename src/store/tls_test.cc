// Whom the stores trust: a real server with a certificate of the test's own authority.
#include <gtest/gtest.h>

#include <fstream>

#include "store/s3_store.h"
#include "store/store_servers_testing.h"

namespace skymill {
namespace {

/// An authority and certificates by it, in a folder that goes with the object.
class Authority {
 public:
  Authority() {
    std::string pattern = testing::TempDir() + "skymill_tls_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    openssl(cat("req -x509 ", kNewKey, " -subj /CN=authority -days 2 -keyout ca.key -out ca.crt"));
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority() { std::filesystem::remove_all(folder_); }

  std::string certificate() const { return folder_ + "/ca.crt"; }

  /// Where the certificate of a server lies, without .crt and .key.
  std::string identity(const std::string& names) const {
    openssl(cat("req ", kNewKey, " -subj /CN=server -keyout server.key -out server.request"));
    std::ofstream(folder_ + "/names") << "subjectAltName=" << names << "\n";
    openssl(
        "x509 -req -in server.request -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile names -out server.crt");
    return folder_ + "/server";
  }

 private:
  static constexpr const char* kNewKey =
      "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch";

  void openssl(const std::string& words) const {
    const std::string command = cat("cd '", folder_, "' && openssl ", words, " 2>errors");
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }

  std::string folder_;
};

class Tls : public testing::Test {
 protected:
  void SetUp() override { forget(); }
  void TearDown() override { forget(); }
  static void forget() {
    for (const char* name : {"SSL_CERT_FILE", "AWS_CA_BUNDLE"}) unsetenv(name);
  }
  static Result<void> write() { return write_object(**s3_store("bucket"), "k", "x"); }
  static void expect_untrusted() {
    const auto written = write();
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Code::kPermissionDenied) << written.error().text();
    EXPECT_NE(written.error().hint.find("SSL_CERT_FILE"), std::string::npos);
  }

  Authority authority_;
};

TEST_F(Tls, AnAuthorityIsTrustedWhenItIsNamed) {
  const S3Server server(SKYMILL_BINARY_DIR, authority_.identity("IP:127.0.0.1"));
  server.make_bucket("bucket");
  expect_untrusted();
  for (const char* name : {"SSL_CERT_FILE", "AWS_CA_BUNDLE"}) {
    setenv(name, authority_.certificate().c_str(), 1);
    const auto written = write();
    EXPECT_TRUE(written) << name << ": " << (written ? "" : written.error().text());
    unsetenv(name);
    expect_untrusted();  // also not over the connection that was kept
  }
}

TEST_F(Tls, AnotherAuthorityIsNotTrusted) {
  const Authority another;
  const S3Server server(SKYMILL_BINARY_DIR, authority_.identity("IP:127.0.0.1"));
  server.make_bucket("bucket");
  setenv("SSL_CERT_FILE", another.certificate().c_str(), 1);
  expect_untrusted();
  setenv("SSL_CERT_FILE", "/no/such/file", 1);
  expect_untrusted();
}

TEST_F(Tls, ACertificateOfAnotherHostIsNotTrusted) {
  const S3Server server(SKYMILL_BINARY_DIR, authority_.identity("DNS:storage.example"));
  server.make_bucket("bucket");
  setenv("SSL_CERT_FILE", authority_.certificate().c_str(), 1);
  expect_untrusted();
}

}  // namespace
}  // namespace skymill
