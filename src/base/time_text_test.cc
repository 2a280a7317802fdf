#include "base/time_text.h"

#include <gtest/gtest.h>

namespace skymill {
namespace {

TEST(TimeText, WritesAndReadsBothForms) {
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const int64_t time : {int64_t{0}, int64_t{951782399}, int64_t{1795532527}}) {
    EXPECT_EQ(parse_time(iso_time(time)), time);
    EXPECT_EQ(parse_time(http_date(time)), time);
  }
  EXPECT_EQ(parse_time("2026-11-24T15:02:07.123Z"), parse_time("2026-11-24T15:02:07Z"));
}

TEST(TimeText, RefusesOtherTexts) {
  for (const char* text :
       {"", "yesterday", "2026-11-24", "2026-13-24T15:02:07Z", "2026-02-30T15:02:07Z",
        "2026-11-24T25:02:07Z", "2026-11-24T15:02:07+01:00", "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, xx Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace skymill
