#include "spark/outputs.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/id.hpp"

namespace slipway::spark {
namespace {

/// Files in memory, by URL.
class MemoryStore final : public ObjectStore {
public:
    std::map<std::string, std::string> files;
    std::optional<Error> failure;
    std::optional<std::uint64_t> said_size;  ///< of every file
    std::optional<Timestamp> said_time;      ///< likewise

    Result<std::vector<StoredObject>> list(const std::string& url) override {
        if (failure) {
            return std::unexpected(*failure);
        }
        std::vector<StoredObject> out;
        if (const auto file = files.find(url); file != files.end()) {
            return std::vector{
                StoredObject{.url = url, .name = url.substr(url.rfind('/') + 1), .size = said_size.value_or(file->second.size()), .modified = said_time}};
        }
        for (const auto& [path, content] : files) {
            if (!path.starts_with(url + "/")) {
                continue;
            }
            const auto rest = path.substr(url.size() + 1);
            const auto slash = rest.find('/');
            const auto name = rest.substr(0, slash);
            if (out.empty() || out.back().name != name) {
                out.push_back(
                    {.url = url + "/" + name, .name = name, .size = slash == std::string::npos ? content.size() : 0, .folder = slash != std::string::npos});
            }
        }
        return out.empty() ? Result<std::vector<StoredObject>>{fail(ErrorCode::not_found, "NOT_FOUND", url)} : out;
    }
    std::optional<Error> unreadable;
    Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) override {
        if (unreadable) {
            return std::unexpected(*unreadable);
        }
        sink(std::string_view{files.at(url)}.substr(offset));
        return {};
    }
    Result<void> write(const std::string& url, std::string_view bytes) override {
        files[url] = bytes;
        return {};
    }
    Result<void> make_folder(const std::string&) override { return {}; }
    Result<void> remove(const std::string& url) override {
        std::erase_if(files, [&](const auto& entry) { return entry.first.starts_with(url); });
        return {};
    }
};

PySparkJobManifest manifest_of(domain::JobType type = domain::JobType::MODEL_BATCH_JOB) {
    PySparkJobManifest manifest{.job_id = "j", .job_type = type};
    manifest.outputs = {json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", "mem:/out"}}};
    manifest.output_places = {0};
    return manifest;
}

CollectedOutputs collected_from(MemoryStore& store, const PySparkJobManifest& manifest, const DriverResult& result = {}) {
    auto found = collect_outputs(store, manifest, result, {});
    EXPECT_TRUE(found.has_value());
    return found ? std::move(*found) : CollectedOutputs{};
}

TEST(Outputs, WhatCannotBeReadIsSaidAndHoldsUpNoJob) {
    MemoryStore store;
    store.files["mem:/out"] = R"({"auc":1})";
    store.unreadable = Error{ErrorCode::forbidden, "FORBIDDEN", "Permission denied.", {}, {}};
    auto manifest = manifest_of(domain::JobType::MODEL_BATCH_TEST_JOB);
    manifest.staged_outputs = {{.url = "mem:/out", .content = "", .index = 0, .filename = "out"}};
    const auto found = collected_from(store, manifest);
    EXPECT_FALSE(found.test_result);
    EXPECT_TRUE(found.fault.empty());
    EXPECT_TRUE(found.messages.at(0).contains("Permission denied.")) << found.messages.at(0);
    EXPECT_EQ(embedded_content(store, "mem:/out").error().code, ErrorCode::forbidden);
    store.unreadable->code = ErrorCode::unavailable;
    EXPECT_FALSE(collect_outputs(store, manifest, {}, {}));
}

TEST(Outputs, WhatWasThereBeforeTheRunIsNotItsResult) {
    MemoryStore store;
    store.files["mem:/out"] = R"({"auc":0.99})";
    const Timestamp launched{std::chrono::hours{10}};
    const auto result_of = [&](std::optional<Timestamp> written) {
        store.said_time = written;
        auto found = collect_outputs(store, manifest_of(domain::JobType::MODEL_BATCH_TEST_JOB), {}, {}, launched);
        EXPECT_TRUE(found.has_value());
        return *std::move(found);
    };
    const auto stale = result_of(launched - std::chrono::hours{1});
    EXPECT_FALSE(stale.test_result) << "else yesterday's figures would decide an approval";
    EXPECT_TRUE(stale.messages.at(0).contains("was there before the run")) << stale.messages.at(0);
    EXPECT_FALSE(stale.outputs.at(0).found.contains("fileSize"));
    EXPECT_TRUE(result_of(launched + std::chrono::seconds{1}).test_result);
    EXPECT_TRUE(result_of(launched - std::chrono::minutes{1}).test_result) << "clocks differ";
    EXPECT_TRUE(result_of(std::nullopt).test_result) << "not every store tells";
}

TEST(Outputs, PartsAreCountedAndAMissingMarkerIsANote) {
    MemoryStore store;
    store.files = {{"mem:/out/part-0", "abc"}, {"mem:/out/ds=a%3Db/part-1", "de"}, {"mem:/out/.part-0.crc", "xx"}};
    auto found = collected_from(store, manifest_of());
    EXPECT_EQ(found.fault, "");
    EXPECT_EQ(found.outputs.at(0).found.at("fileSize"), 5);
    EXPECT_TRUE(found.messages.at(0).contains("2 files")) << found.messages[0];
    EXPECT_TRUE(found.messages.at(0).contains("no _SUCCESS"));
    store.files["mem:/out/_SUCCESS"] = "";
    EXPECT_FALSE(collected_from(store, manifest_of()).messages.at(0).contains("_SUCCESS"));
}

TEST(Outputs, AWriteThatNeverEndedIsAFault) {
    for (const auto* left : {"mem:/out/_temporary/0/x", "mem:/out/.spark-staging-1/x"}) {
        MemoryStore store;
        store.files = {{"mem:/out/part-0", "abc"}, {left, "x"}};
        EXPECT_FALSE(collected_from(store, manifest_of()).fault.empty()) << left;
    }
}

TEST(Outputs, EmptyAndMissingAreSaid) {
    MemoryStore store;
    store.files = {{"mem:/out/_SUCCESS", ""}, {"mem:/out/part-0", ""}};
    EXPECT_TRUE(collected_from(store, manifest_of()).messages.at(0).contains("(0 rows)"));
    store.files.clear();
    EXPECT_TRUE(collected_from(store, manifest_of()).messages.at(0).contains("is not there"));
    store.files = {{"mem:/out", "a,b"}};
    EXPECT_EQ(collected_from(store, manifest_of()).messages.at(0), "Output mem:/out: 1 file, 3 bytes.");
}

TEST(Outputs, AStoreThatIsAwayIsAskedAgain) {
    MemoryStore store;
    store.failure = Error{ErrorCode::unavailable, "HDFS", "away", {}, {}};
    EXPECT_FALSE(collect_outputs(store, manifest_of(), {}, {}));
    store.failure = Error{ErrorCode::failed_precondition, "NO_STORE", "no s3", {}, {}};
    EXPECT_TRUE(collected_from(store, manifest_of()).messages.at(0).contains("not looked at"));
    store.failure = Error{ErrorCode::unavailable, "ANSWER_TOO_LARGE", "The answer of nn is larger than 33554432 bytes.", {}, {}};
    EXPECT_TRUE(collected_from(store, manifest_of()).messages.at(0).contains("larger than")) << "no time mends that";
}

TEST(Outputs, EmbeddedOutputsComeBack) {
    MemoryStore store;
    store.files = {{"mem:/out/part-0", "a\n"}, {"mem:/out/part-1", "b\n"}, {"mem:/out/_SUCCESS", ""}};
    auto manifest = manifest_of();
    manifest.staged_outputs = {{.url = "mem:/out", .content = "", .index = 0, .filename = "out"}};
    EXPECT_TRUE(collected_from(store, manifest).outputs.at(0).embedded);
    EXPECT_EQ(embedded_content(store, "mem:/out").value_or(""), "a\nb\n");
}

TEST(Outputs, WhatIsTooMuchTogetherStaysWhereItIs) {
    MemoryStore store;
    store.said_size = 16U << 20;
    auto manifest = manifest_of();
    manifest.outputs.clear();
    for (std::size_t i = 0; i < 20; ++i) {
        const auto url = fmt::format("mem:/out/{}", i);
        store.files[url] = "x";
        manifest.outputs.push_back(json::object{{"assetType", "EXTERNAL_FILE"}, {"fileUrl", url}});
        manifest.staged_outputs.push_back({.url = url, .content = "", .index = i, .filename = "out"});
    }
    const auto found = collected_from(store, manifest);
    EXPECT_EQ(std::ranges::count_if(found.messages, [](const auto& line) { return line.contains("stays where it is"); }), 4);
}

TEST(Metrics, AreKnownByTheirContent) {
    const auto metrics_of = [](const std::string& content) {
        MemoryStore store;
        store.files = {{"mem:/out/part-0", content}, {"mem:/out/_SUCCESS", ""}};
        const auto found = collected_from(store, manifest_of(domain::JobType::MODEL_BATCH_TEST_JOB));
        return found.test_result ? json::write(*found.test_result) : "none";
    };
    EXPECT_EQ(metrics_of("{\"auc\": 0.8}"), "{\"auc\":0.8}");
    EXPECT_EQ(metrics_of("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n"), "{\"rows\":[{\"a\":1},{\"a\":2},{\"a\":3}]}");
    EXPECT_EQ(metrics_of("[{\"a\":1}]"), "{\"rows\":[{\"a\":1}]}");
    EXPECT_EQ(metrics_of("auc,ks\n0.8,0.2\n"), "none");
    EXPECT_EQ(metrics_of("{\"a\": NaN, \"b\": -Infinity, \"c\": \"NaN\"}"), "{\"a\":null,\"b\":null,\"c\":\"NaN\"}");
}

TEST(Metrics, YieldedValuesServeWhereNoFileWasWritten) {
    MemoryStore store;
    const DriverResult result{.outcome = DriverResult::Outcome::returned, .values = {json::object{{"auc", 0.5}}}};
    const auto found = collected_from(store, manifest_of(domain::JobType::MODEL_BATCH_TEST_JOB), result);
    ASSERT_TRUE(found.test_result);
    EXPECT_EQ(json::write(*found.test_result), "{\"auc\":0.5}");
}

TEST(Metrics, AListOfObjectsIsItsRowsAndWhatIsNoObjectIsSaid) {
    const auto collected_of = [](std::vector<json::value> values) {
        MemoryStore store;
        return collected_from(store, manifest_of(domain::JobType::MODEL_BATCH_TEST_JOB),
                              {.outcome = DriverResult::Outcome::returned, .values = std::move(values)});
    };
    const auto said = [](const CollectedOutputs& found) {
        return std::ranges::any_of(found.messages, [](const auto& line) { return line.contains("metrics function gave"); });
    };
    auto found = collected_of({json::array{json::object{{"a", 1}}, json::object{{"a", 2}}}});
    ASSERT_TRUE(found.test_result);
    EXPECT_EQ(json::write(*found.test_result), R"({"rows":[{"a":1},{"a":2}]})");
    EXPECT_FALSE(said(found));
    found = collected_of({json::array{json::object{{"a", 1}}}});
    EXPECT_EQ(json::write(found.test_result.value_or(json::object{})), R"({"rows":[{"a":1}]})") << "as in a file";
    for (const auto& value : {json::value(0.5), json::value("good"), json::value(json::array{1, 2})}) {
        found = collected_of({value});
        EXPECT_FALSE(found.test_result);
        EXPECT_TRUE(said(found)) << json::write(value);
    }
    found = collected_of({json::object{{"a", 1}}, 7});
    EXPECT_EQ(json::write(found.test_result.value_or(json::object{})), R"({"a":1})");
    EXPECT_TRUE(said(found));
    EXPECT_FALSE(said(collected_of({})));

    MemoryStore store;
    store.files = {{"mem:/out", R"({"auc":1})"}};
    found = collected_from(store, manifest_of(domain::JobType::MODEL_BATCH_TEST_JOB), {.values = {json::object{{"x", 1}}}});
    EXPECT_EQ(json::write(found.test_result.value_or(json::object{})), R"({"auc":1})");
    EXPECT_TRUE(said(found)) << "the file goes before";
}

std::vector<std::string> folded(std::initializer_list<std::string_view> pieces) {
    std::vector<std::string> out;
    LineFolder folder{[&](std::string line) { out.push_back(std::move(line)); }};
    for (const auto piece : pieces) {
        folder.add(piece);
    }
    folder.finish();
    return out;
}
using Lines = std::vector<std::string>;

TEST(LineFolder, KeepsTheLastStateOfAProgressLine) {
    EXPECT_EQ(folded({"\r 1%\r 2%", "\r100%\ndone\r\n"}), (Lines{"100%", "done"}));
}
TEST(LineFolder, MakesBytesVisible) {
    EXPECT_EQ(folded({std::string_view{"a\0b\x1b[31mred\x1b[0m \xff \xc3", 19}, "\xa9\n"}), (Lines{"a\\x00bred \\xff é"}));
}
TEST(LineFolder, CutsEndlessLines) {
    const auto lines = folded({std::string(10000, 'x')});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].ends_with("… (5904 more bytes)")) << lines[0].substr(4090);
}

TEST(CapturedLines, KeepsBothEndsWithinTheLimit) {
    const auto path = std::filesystem::temp_directory_path() / ("captured-" + random_hex(8));
    std::ofstream file{path};
    for (int i = 0; i < 1000; ++i) {
        file << "line " << i << "\n";
    }
    file.close();
    const auto lines = captured_lines(path.string(), "stdout", 400);
    std::filesystem::remove(path);
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->front(), "stdout: line 0");
    EXPECT_EQ(lines->back(), "stdout: line 999");
    EXPECT_TRUE(std::ranges::any_of(*lines, [](const auto& line) { return line.contains("are left out here; the log has more of them"); }));
    EXPECT_TRUE(captured_lines("/nowhere/x", "stdout", 10)->empty());
}

TEST(CapturedLines, AHoleIsSaidWhereItIs) {
    const auto path = std::filesystem::temp_directory_path() / ("captured-hole-" + std::to_string(::getpid()));
    constexpr off_t kHole = 8 << 20;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    ASSERT_GE(fd, 0);
    const std::string front = "first\n" + std::string(4090, 'a');
    ASSERT_EQ(::pwrite(fd, front.data(), front.size(), 0), static_cast<ssize_t>(front.size()));
    ASSERT_EQ(::pwrite(fd, "last\n", 5, kHole), 5);
    ::close(fd);
    const auto lines = captured_lines(path.string(), "stdout", 64U << 10);
    std::filesystem::remove(path);
    ASSERT_TRUE(lines);
    ASSERT_EQ(lines->size(), 4U);
    EXPECT_EQ(lines->front(), "stdout: first");
    EXPECT_TRUE((*lines)[2].contains("given back to the disk")) << (*lines)[2];
    EXPECT_EQ(lines->back(), "stdout: last");
}

}  // namespace
}  // namespace slipway::spark
