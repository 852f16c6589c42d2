#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "spark/manifest.hpp"

namespace slipway::spark {
namespace {

json::object document_of(const std::string& name) {
    std::ifstream in{std::filesystem::path{SLIPWAY_SOURCE_DIR} / "tests/data/spark" / name};
    std::stringstream text;
    text << in.rdbuf();
    auto document = json::parse_object(text.str());
    EXPECT_TRUE(document) << name << ": " << document.error().message;
    return document ? std::move(*document) : json::object{};
}

json::array written(const std::vector<StagedFile>& files) {
    json::array out;
    for (const auto& [url, content, index, filename] : files) {
        out.push_back(json::object{{"url", url}, {"content", content}, {"index", static_cast<std::int64_t>(index)}, {"filename", filename}});
    }
    return out;
}

json::array written(const std::vector<ManifestFile>& files) {
    json::array out;
    for (const auto& [path, content, python] : files) {
        out.push_back(json::object{{"path", path}, {"content", content}, {"python", python}});
    }
    return out;
}

json::array written(const SubmitOptions& options) {
    json::array out;
    for (const auto& [name, value, layer] : options.all()) {
        const auto* word = layer == OptionLayer::service ? "service" : layer == OptionLayer::engine ? "engine" : "job";
        out.push_back(json::object{{"name", name}, {"value", value}, {"layer", word}});
    }
    return out;
}

/// All of it: a member that is added to the manifest does not compile until it is here too.
json::object written(const PySparkJobManifest& manifest) {
    const auto& [id, type, name, function, init, inputs, outputs, assets, places, files, staged_in, staged_out, options, raw, model, timeout] = manifest;
    json::array listed;
    for (const auto place : places) {
        listed.emplace_back(static_cast<std::int64_t>(place));
    }
    return {{"jobId", id},
            {"jobType", json::enum_name(type)},
            {"applicationName", name},
            {"function", function},
            {"initFunction", init ? json::value(*init) : json::value(nullptr)},
            {"inputs", inputs},
            {"outputs", outputs},
            {"modelAssets", assets},
            {"outputPlaces", listed},
            {"files", written(files)},
            {"stagedInputs", written(staged_in)},
            {"stagedOutputs", written(staged_out)},
            {"options", written(options)},
            {"rawJson", *json::parse(raw)},
            {"deployableModelId", model},
            {"timeout", timeout ? json::value(static_cast<std::int64_t>(timeout->count())) : json::value(nullptr)}};
}

class GoldenManifest : public testing::TestWithParam<const char*> {};

TEST_P(GoldenManifest, IsTheDocumentThatWasWrittenByHand) {
    const std::string kind = GetParam();
    const auto document = document_of(kind + ".job.json");
    const auto job = domain::parse_job(json::value(document));
    const auto engine = domain::parse_runtime(json::value(document_of("runtime.json")));
    ASSERT_TRUE(job && engine);
    const SubmitSettings settings{.master = "yarn",
                                  .spark_conf = {{"--conf spark.cores.max", "1"}, {"--driver-memory", "1g"}},
                                  .staging_url = "hdfs://nn:8020/staging",
                                  .job_timeout = Milliseconds{3'600'000}};
    const auto manifest = preprocess(*job, "0198f2a0-0000-7000-8000-000000000001", document, *engine, settings);
    ASSERT_TRUE(manifest) << manifest.error().message;
    auto golden = document_of(kind + ".manifest.json");
    golden["rawJson"] = document;
    const json::value got(written(*manifest));
    const json::value wanted(golden);
    EXPECT_EQ(got, wanted) << "what differs, as a patch: " << json::write(json::value(json::diff(wanted, got)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, GoldenManifest, testing::Values("scoring", "metrics", "training"));

}  // namespace
}  // namespace slipway::spark
