#include "store/xml_text.h"

#include <gtest/gtest.h>

namespace skymill {
namespace {

TEST(XmlText, FindsElementsByTheirWholeName) {
  const std::string_view xml =
      "<?xml version=\"1.0\"?><List xmlns=\"x\"><KeyCount>2</KeyCount><C><Key>a</Key></C>"
      "<C><Key>b &amp; &lt;c&gt; &#252;&#x20AC;&#128512;</Key></C><Empty/></List>";
  EXPECT_EQ(xml_elements(xml, "C").size(), 2U);
  EXPECT_EQ(xml_text(xml, "Key"), "a");
  EXPECT_EQ(xml_text(xml_elements(xml, "C")[1], "Key"), "b & <c> ü€😀");
  EXPECT_EQ(xml_elements(xml, "Empty").size(), 1U);
  EXPECT_EQ(xml_text(xml, "Empty"), "");
  EXPECT_EQ(xml_text(xml, "None"), "");
}

TEST(XmlText, LeavesBrokenTextAlone) {
  EXPECT_EQ(xml_text("<a>&x; & &#xZZ; &#1114112;</a>", "a"), "&x; & &#xZZ; &#1114112;");
  for (const char* xml : {"<a", "<a>", "<a>x</b>", "<a/", "", "<"}) {
    EXPECT_EQ(xml_text(xml, "a"), "") << xml;
  }
}

}  // namespace
}  // namespace skymill
