#include "http/multipart.hpp"

#include <gtest/gtest.h>

namespace slipway::http {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=\"x-1\"";

TEST(Multipart, ReadsFieldsAndFilesByteForByte) {
    const std::string body =
        "preamble\r\n--x-1\r\nContent-Disposition: form-data; name=\"deployment-name\"\r\n\r\ndaily\r\n"
        "--x-1 \r\ncontent-type: text/xml\r\nCONTENT-DISPOSITION: form-data; name=\"*\"; filename=\"a "
        "\\\"b\\\".bpmn\"\r\n\r\n<a>\r\n--x-\r\n</a>\n\r\n--x-1--\r\nrest";
    const auto parts = parse_multipart(kType, body);
    ASSERT_TRUE(parts) << parts.error().message;
    ASSERT_EQ(parts->size(), 2U);
    EXPECT_EQ(parts->at(0).name, "deployment-name");
    EXPECT_EQ(parts->at(0).filename, "");
    EXPECT_EQ(parts->at(0).content, "daily");
    EXPECT_EQ(parts->at(1).filename, "a \"b\".bpmn");
    EXPECT_EQ(parts->at(1).content, "<a>\r\n--x-\r\n</a>\n");
}

TEST(Multipart, ReadsAFormWithoutPreambleAndOneWithoutParts) {
    const auto one = parse_multipart("Multipart/Form-Data; charset=utf-8; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--");
    ASSERT_TRUE(one) << one.error().message;
    ASSERT_EQ(one->size(), 1U);
    EXPECT_EQ(one->at(0).content, "");
    const auto none = parse_multipart("multipart/form-data; boundary=b", "--b--\r\n");
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_TRUE(none->empty());
}

TEST(Multipart, RefusesWhatIsNoWholeForm) {
    EXPECT_EQ(parse_multipart("application/json", "{}").error().reason, "UNSUPPORTED_MEDIA_TYPE");
    for (const auto& [type, body] : {std::pair<std::string, std::string>{"multipart/form-data", "--b--"},
                                     {"multipart/form-data; boundary=" + std::string(71, 'b'), "--b--"},
                                     {"multipart/form-data; boundary=b", ""},
                                     {"multipart/form-data; boundary=b", "--c--"},
                                     {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx"},
                                     {"multipart/form-data; boundary=b", "--b\r\nno headers\r\n--b--"},
                                     {"multipart/form-data; boundary=b", "--b\r\nX: y\r\n\r\nx\r\n--b--"},
                                     {"multipart/form-data; boundary=b", "--b"}}) {
        const auto parts = parse_multipart(type, body);
        ASSERT_FALSE(parts) << body;
        EXPECT_EQ(parts.error().reason, "BAD_MULTIPART") << body;
    }
}

}  // namespace
}  // namespace slipway::http
