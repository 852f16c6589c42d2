#include "adapters/aws/xml.hpp"

#include <gtest/gtest.h>

namespace slipway::aws {
namespace {

TEST(Xml, ReadsAnAnswerOfSts) {
    const auto root = parse_xml(R"(<?xml version="1.0"?>
<!-- c --><r:AssumeRoleWithWebIdentityResponse xmlns:r="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials a='>'><AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>a&amp;b&#x20AC;<![CDATA[<c>]]></SecretAccessKey></Credentials><Empty/></AssumeRoleWithWebIdentityResult>
</r:AssumeRoleWithWebIdentityResponse>
)");
    ASSERT_TRUE(root) << root.error().message;
    EXPECT_EQ(root->name, "AssumeRoleWithWebIdentityResponse");
    EXPECT_EQ(root->text_at({"AssumeRoleWithWebIdentityResult", "Credentials", "AccessKeyId"}), "AKIA");
    EXPECT_EQ(root->find("SecretAccessKey")->text, "a&b€<c>");
    EXPECT_EQ(root->text_at({"AssumeRoleWithWebIdentityResult", "Absent", "X"}), "");
    EXPECT_EQ(root->find("Absent"), nullptr);
}

TEST(Xml, RefusesWhatIsNoneOrDangerous) {
    for (const std::string& text :
         std::vector<std::string>{"", "text", "<a>", "<a></b>", "<a/><b/>", "<a x=1/>", "<a x=\"1/>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>",
                                  "<a>&amp</a>", "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a><!DOCTYPE b></a>", "<a><![CDATA[x</a>", "<a><!-- x</a>",
                                  "< a/>", "<a", "<a></a", "<html><br></html>"}) {
        const auto root = parse_xml(text);
        ASSERT_FALSE(root) << text;
        EXPECT_EQ(root.error().reason, "MALFORMED_XML");
    }
    std::string deep;
    for (int i = 0; i < 100000; ++i) {
        deep += "<a>";
    }
    EXPECT_FALSE(parse_xml(deep));
}

}  // namespace
}  // namespace slipway::aws
