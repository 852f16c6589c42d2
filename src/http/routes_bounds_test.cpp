#include <fmt/format.h>

#include "fakes/registry_service.hpp"

/// How much one request may bring, and where it may point to.
namespace slipway::http {
namespace {

using fakes::RegistryService;

/// `item` `count` times with its number in place of `#`, joined by commas.
std::string times(int count, std::string_view item) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        out += i == 0 ? "" : ",";
        for (const char c : item) {
            out += c == '#' ? std::to_string(i) : std::string{c};
        }
    }
    return out;
}

TEST(Bounds, TooMuchOfOneThingIsRefusedWithItsPlaceAndItsBound) {
    RegistryService service;
    const auto path = "storedModels/" + service.model();
    const auto asset = R"({"assetType":"EXTERNAL_FILE","name":"f","fileUrl":"s3://b/#"})";
    for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
             {R"({"modelMetaData":{"name":"n","tags":[)" + times(1001, R"("t#")") + "]}}", "/modelMetaData/tags"},
             {R"({"modelMetaData":{"name":"n","tags":[)" + times(60000, R"("t#")") + "]}}", "/modelMetaData/tags"},
             {R"({"modelMetaData":{"name":"n"},"modelAssets":[)" + times(1001, asset) + "]}", "/modelAssets"},
             {R"({"modelMetaData":{"name":"n","custom":{)" + times(1001, R"("c#":1)") + "}}}", "/modelMetaData/custom"},
             {R"({"modelMetaData":{"name":"n"},"list":[)" + times(60000, R"({"u":"b://c:d@e"})") + "]}", "/list/1000/u"},
         }) {
        for (const auto& answer : {service.post("storedModels", body), service.patch(path, body)}) {
            EXPECT_EQ(answer.status(), 400) << answer.response.body.substr(0, 300);
            EXPECT_EQ(answer.pointer(), pointer);
            EXPECT_TRUE(answer.at("/errors/0/expected").contains("1000")) << answer.at("/errors/0/expected");
        }
    }
    EXPECT_EQ(service.get("storedModels").at("/page/totalElements"), "1");
    EXPECT_EQ(service.get(path).at("/version"), "1");
    EXPECT_EQ(
        service.post("storedModels", R"({"modelMetaData":{"name":"n","tags":[)" + times(1000, R"("t#")") + R"(]},"modelAssets":[)" + times(1000, asset) + "]}")
            .status(),
        201);
}

TEST(Bounds, ABodyOfTooManyValuesIsNotEvenParsed) {
    RegistryService service;
    const auto many = service.post("storedModels", R"({"modelMetaData":{"name":"n"},"list":[)" + times(150000, R"({"a":0})") + "]}");
    EXPECT_EQ(many.status(), 413) << many.response.body;
    EXPECT_EQ(many.code(), "TOO_LARGE");
    const auto text = R"("[,{,\\\"[,{,)" + std::string(300000, ',') + R"(")";
    EXPECT_EQ(service.post("storedModels", R"({"modelMetaData":{"name":"n","description":)" + text + "}}").status(), 201) << "what stands in texts is no value";
}

}  // namespace
}  // namespace slipway::http
