#include "http/mlc_refusal.hpp"

#include <gtest/gtest.h>

#include "base/json_codec.hpp"

namespace slipway::http::mlc {
namespace {

automation::RefusedFile refused(const std::string& name, std::vector<Fault> faults, std::string message = "It cannot run here.") {
    return {name, Error{ErrorCode::invalid_argument, "BPMN", std::move(message), std::move(faults), {}}};
}

json::object only_error(const automation::RefusedFile& file, const std::string& content) {
    const auto details = details_of({file}, {{"other.bpmn", "<x/>"}, {file.resource, content}});
    EXPECT_EQ(details.size(), 1U);
    const auto& told = details.at(file.resource).as_object();
    EXPECT_TRUE(told.at("warnings").as_array().empty());
    EXPECT_EQ(told.at("errors").as_array().size(), 1U);
    return told.at("errors").as_array().at(0).as_object();
}

constexpr const char* kFile = "<a>\n  <b id='Xy'/><task\n    name='T' id=\"X\"/>\n</a>";

TEST(MlcRefusalTest, AnErrorHasThePlaceOfItsElement) {
    const json::object found{
        {"message", "JAVA_CLASS: a class (expected: a topic)"}, {"line", 2}, {"column", 15}, {"mainElementId", "X"}, {"elementIds", json::array{"X"}}};
    EXPECT_EQ(only_error(refused("a.bpmn", {{"X", "a topic", "line 2, JAVA_CLASS: a class"}}), kFile), found);
    auto unsaid = found;
    unsaid["message"] = "no way out (expected: a flow)";
    EXPECT_EQ(only_error(refused("a.bpmn", {{"X", "a flow", "no way out"}}), kFile), unsaid);
}

TEST(MlcRefusalTest, AFileThatIsNoneHasItsLine) {
    const auto told = only_error(refused("a.bpmn", {}, "The file cannot be read: line 3: DOCTYPE."), kFile);
    EXPECT_EQ(told.at("line"), json::value(3));
    EXPECT_EQ(told.at("column"), json::value(1)) << "no tag begins there";
    EXPECT_TRUE(told.at("mainElementId").is_null());
    EXPECT_EQ(json::text_of(told, "message"), "The file cannot be read: line 3: DOCTYPE.");
}

TEST(MlcRefusalTest, WhatHasNoPlaceHasNone) {
    for (const auto* content : {"", "<a/>"}) {
        const auto told = only_error(refused("a.bpmn", {{"Gone", "an end", ""}}), content);
        EXPECT_EQ(told.at("line"), json::value(0));
        EXPECT_EQ(told.at("column"), json::value(0));
        EXPECT_EQ(json::text_of(told, "message"), "It cannot run here. (expected: an end)");
    }
}

}  // namespace
}  // namespace slipway::http::mlc
