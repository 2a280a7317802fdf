// Round trips, and damage: any bytes give a model or an error, never a crash.
// SKYMILL_MUTATIONS sets the number of random mutations.
#include "model/model_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "base/base_testing.h"
#include "base/random.h"
#include "base/sha256.h"
#include "model/model_testing.h"

namespace skymill {
namespace {

constexpr uint64_t kMutations = 20'000;
constexpr size_t kHeaderStart = 88;

std::vector<std::string> files() {
  return {testing_file(testing_linear_model()), testing_file(testing_tree_model())};
}

TEST(ModelFile, ReadsWhatItWroteAndWritesTheSameAgain) {
  for (const std::string& file : files()) {
    const auto model = read_model(file);
    ASSERT_TRUE(model.has_value()) << model.error().text();
    EXPECT_EQ(testing_file(*model), file);
  }
  const auto linear = read_model(files()[0]);
  EXPECT_EQ((*linear)->body, testing_linear_model()->body);
  EXPECT_EQ((*linear)->rows, testing_linear_model()->rows);
  EXPECT_EQ((*linear)->plan->columns(), testing_plan());
  EXPECT_EQ((*linear)->provenance, testing_linear_model()->provenance);
}

TEST(ModelFile, KeepsAPredictionOfMinusZero) {
  auto model = testing_linear_model();
  model->body = LinearModel{.intercept = -0.0, .terms = {{{0}, 0}, {{-0.0, -0.0, -0.0}, -0.0}}};
  auto& terms = std::get<LinearModel>(model->body).terms;
  terms[0].weights[0] = -0.0;
  const auto loaded = read_model(testing_file(model));
  EXPECT_TRUE(loaded.has_value()) << loaded.error().text();
}

TEST(ModelFile, RefusesEveryTruncationAndExtension) {
  for (const std::string& file : files()) {
    for (size_t size = 0; size < file.size(); ++size) {
      ASSERT_FALSE(read_model(std::string_view(file).substr(0, size)).has_value()) << size;
    }
    EXPECT_FALSE(read_model(file + '\0').has_value());
    EXPECT_FALSE(read_model(file + std::string(64, '\0')).has_value());
  }
}

TEST(ModelFile, RefusesEveryFlippedBitOfTheFirstPages) {
  for (std::string file : files()) {
    for (size_t at = 0; at < std::min<size_t>(file.size(), 4096); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        file[at] = static_cast<char>(file[at] ^ 1 << bit);
        const auto model = read_model(file);
        ASSERT_FALSE(model.has_value()) << "bit " << bit << " of byte " << at;
        ASSERT_FALSE(model.error().message.empty());
        file[at] = static_cast<char>(file[at] ^ 1 << bit);
      }
    }
  }
}

/// Changes, removes, repeats or inserts a few bytes.
void mutate(std::string& bytes, RandomStream& random) {
  static constexpr std::string_view kTelling = "0123456789-.eE\"{}[],:ntfu\\ \x00\x7f\xff";
  for (uint64_t left = 1 + random.below(4); left > 0 && !bytes.empty(); --left) {
    const size_t at = random.below(bytes.size());
    switch (random.below(5)) {
      case 0:
        bytes[at] = static_cast<char>(random.next());
        break;
      case 1:
        bytes[at] = kTelling[random.below(kTelling.size())];
        break;
      case 2:
        bytes.erase(at, 1 + random.below(8));
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, 1 + random.below(16)));
        break;
      default:
        bytes.insert(at, 1, kTelling[random.below(kTelling.size())]);
    }
  }
}

/// The file with another header, whose length and hash are right.
std::string with_header(const std::string& file, const std::string& header, size_t old_length) {
  std::string out = file.substr(0, kHeaderStart);
  const uint64_t length = header.size();
  std::memcpy(out.data() + 16, &length, sizeof length);
  out.replace(24, 64, sha256_hex(header));
  out += header;
  const auto aligned = [](size_t size) { return (size + 63) / 64 * 64; };
  out.resize(aligned(out.size()), '\0');
  return out + file.substr(aligned(kHeaderStart + old_length));
}

TEST(ModelFile, SurvivesRandomMutationsOfAllItsBytes) {
  const std::vector<std::string> originals = files();
  RandomStream random(20, 1);
  for (uint64_t i = 0; i < mutations(kMutations); ++i) {
    std::string file = originals[i % 2];
    mutate(file, random);
    const auto model = read_model(file);
    ASSERT_TRUE(model.has_value() || !model.error().message.empty());
  }
}

TEST(ModelFile, SurvivesRandomMutationsOfTheHeaderUnderARightHash) {
  const std::vector<std::string> originals = files();
  RandomStream random(21, 1);
  uint64_t loaded = 0;
  for (uint64_t i = 0; i < mutations(kMutations); ++i) {
    const std::string& original = originals[i % 2];
    uint64_t length = 0;
    std::memcpy(&length, original.data() + 16, sizeof length);
    std::string header = original.substr(kHeaderStart, length);
    mutate(header, random);
    const auto model = read_model(with_header(original, header, length));
    if (model) {
      ++loaded;  // a change of a name or of the provenance is no damage
    } else {
      ASSERT_FALSE(model.error().message.empty());
    }
  }
  EXPECT_LT(loaded, mutations(kMutations));
}

TEST(ModelFile, SurvivesRandomMutationsOfTheArraysUnderRightHashes) {
  RandomStream random(22, 1);
  for (const std::string& original : files()) {
    uint64_t length = 0;
    std::memcpy(&length, original.data() + 16, sizeof length);
    const std::string header = original.substr(kHeaderStart, length);
    const size_t start = (kHeaderStart + length + 63) / 64 * 64;
    const auto parsed = Json::parse(header);
    ASSERT_TRUE(parsed.has_value());
    for (uint64_t i = 0; i < mutations(kMutations) / 2; ++i) {
      std::string file = original;
      std::string changed = header;
      for (const Json& array : parsed->find("arrays")->items()) {
        const auto width = array.find("dtype")->as_string() == "u8" ? 1 : 4;
        const size_t at = start + static_cast<size_t>(array.find("offset")->as_integer());
        const size_t size = static_cast<size_t>(array.find("count")->as_integer()) * width;
        if (size == 0) continue;
        if (random.below(3) == 0) file[at + random.below(size)] = static_cast<char>(random.next());
        const size_t bytes = array.find("dtype")->as_string().ends_with("64") ? 2 * size : size;
        const std::string& old = array.find("sha256")->as_string();
        changed.replace(changed.find(old), 64, sha256_hex(file.substr(at, bytes)));
      }
      const auto model = read_model(with_header(file, changed, length));
      ASSERT_TRUE(model.has_value() || !model.error().message.empty());
    }
  }
}

/// Every quoted word of the header, with its quotes.
std::vector<std::pair<size_t, std::string>> words_of(const std::string& header) {
  std::vector<std::pair<size_t, std::string>> words;
  for (size_t at = header.find('"'); at != std::string::npos;) {
    const size_t end = header.find('"', at + 1);
    words.emplace_back(at, header.substr(at, end + 1 - at));
    at = header.find('"', end + 1);
  }
  return words;
}

TEST(ModelFile, SurvivesSwappedWordsOfTheHeaderUnderARightHash) {
  // A column's type that is not its kind's once crashed the replay of the golden rows: single bytes
  // hardly ever make one known word of another.
  for (const std::string& file : files()) {
    uint64_t length = 0;
    std::memcpy(&length, file.data() + 16, sizeof length);
    const std::string header = file.substr(kHeaderStart, length);
    const auto words = words_of(header);
    std::set<std::string> distinct;
    for (const auto& [at, word] : words) distinct.insert(word);
    for (const auto& [at, word] : words) {
      for (const std::string& other : distinct) {
        std::string changed = header;
        changed.replace(at, word.size(), other);
        const auto model = read_model(with_header(file, changed, length));
        ASSERT_TRUE(model.has_value() || !model.error().message.empty());
      }
    }
  }
}

TEST(ModelFile, RefusesAHeaderOfManyKeysQuickly) {
  // Comparing each key with all before it took minutes here.
  std::string header = "{";
  for (int i = 0; i < 300'000; ++i) header += "\"k" + std::to_string(i) + "\":1,";
  header += "\"end\":1}";
  EXPECT_FALSE(read_model(with_header(files()[0], header, 0)).has_value());
}

TEST(ModelFile, RefusesAModelThatPredictsDifferently) {
  const auto model = testing_linear_model();
  GoldenRows golden = *make_golden_rows(model, testing_rows());
  golden.scores[1] = std::nextafter(golden.scores[1], 100);
  const auto loaded = read_model(*write_model(model, golden));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_NE(loaded.error().message.find("does not predict as it did"), std::string::npos);
}

TEST(LoadModel, ReadsTheFilesOfVersionOne) {
  // Written once, never again: a change that cannot read them, or predicts their golden rows
  // otherwise, breaks the models that users keep.
  const std::string folder = SKYMILL_SOURCE_DIR "/tests/reference/models/";
  const auto logistic = load_model(folder + "logistic.skymill");
  ASSERT_TRUE(logistic) << logistic.error().text();
  EXPECT_EQ((*logistic)->rows.classes, (std::vector<std::string>{"female", "male"}));
  ASSERT_TRUE(std::holds_alternative<LinearModel>((*logistic)->body));
  EXPECT_EQ(std::get<LinearModel>((*logistic)->body).terms.size(), 4U);
  const auto tree = load_model(folder + "tree.skymill");
  ASSERT_TRUE(tree) << tree.error().text();
  EXPECT_EQ((*tree)->rows.label, "weight");
  EXPECT_TRUE(std::holds_alternative<TreeEnsemble>((*tree)->body));
}

TEST(LoadModel, NamesThePathOfAFileThatIsMissingOrADirectory) {
  EXPECT_EQ(load_model("/nonexistent/m").error().code, Code::kNotFound);
  EXPECT_FALSE(load_model("/tmp").has_value());
  EXPECT_NE(load_model("/dev/null").error().text().find("/dev/null"), std::string::npos);
}

}  // namespace
}  // namespace skymill
