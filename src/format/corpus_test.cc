// The readers of every format against tests/corpus, which the engines are held to as well.
#include <gtest/gtest.h>

#include "format/corpus_testing.h"

namespace skymill {
namespace {

class Corpus : public testing::TestWithParam<size_t> {};

INSTANTIATE_TEST_SUITE_P(Formats, Corpus, testing::Range<size_t>(0, formats().size()),
                         [](const auto& param) {
                           return std::string(formats()[param.param].name);
                         });

TEST_P(Corpus, IsReadAsWritten) {
  const FormatInfo& format = formats()[GetParam()];
  const std::vector<CorpusCase> cases = load_corpus(SKYMILL_SOURCE_DIR, format);
  ASSERT_GE(cases.size(), 10U);
  for (const CorpusCase& expected : cases) {
    for (const size_t batch : {size_t{1}, size_t{8192}}) {
      ReadOptions options = expected.options;
      options.batch_rows = batch;
      auto stream = format.open(*locate(expected.path), options);
      const auto done =
          stream ? check_corpus_rows(**stream, expected) : Result<void>(stream.error());
      if (expected.error.is_null()) {
        EXPECT_TRUE(done) << expected.name << ": " << (done ? "" : done.error().text());
      } else if (done) {
        ADD_FAILURE() << expected.name << ": an error was expected";
      } else {
        check_corpus_error(done.error(), expected);
      }
    }
  }
}

}  // namespace
}  // namespace skymill
