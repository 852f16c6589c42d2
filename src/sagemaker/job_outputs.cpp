#include "sagemaker/job_outputs.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "registry/documents.hpp"
#include "registry/tables.hpp"
#include "sagemaker/console_links.hpp"
#include "sagemaker/s3_uri.hpp"

namespace slipway::sagemaker {
namespace {

using registry::text_in;

const json::object& member(const json::object& object, std::string_view key) {
    static const json::object kNone;
    const auto* found = json::object_of(object, key);
    return found == nullptr ? kNone : *found;
}

/// What AWS says of the job, or what it will be asked for.
const json::object& declared_by(const json::object& job) {
    const auto& described = member(member(job, "sageMaker"), "describe");
    return described.empty() ? member(job, "jobParameters") : described;
}

void add_place(std::vector<std::string>& places, std::string_view address, std::string_view below) {
    auto uri = to_s3_uri(address);
    if (!uri) {
        return;
    }
    while (uri->ends_with('/')) {
        uri->pop_back();
    }
    places.push_back(below.empty() ? *uri : *uri + std::string{below});
}

/// `2:models/x.tar.gz`: behind that key of the third place.
struct Position {
    std::size_t place{0};
    std::string key;
};

Result<Position> position_of(const std::string& text, std::size_t places) {
    Position out;
    if (text.empty()) {
        return out;
    }
    const auto colon = text.find(':');
    const auto* end = text.data() + std::min(colon, text.size());
    const auto [parsed, problem] = std::from_chars(text.data(), end, out.place);
    if (colon == std::string::npos || problem != std::errc{} || parsed != end || out.place >= places) {
        return invalid("?after", "the `next` of the page before", "another text");
    }
    out.key = text.substr(colon + 1);
    return out;
}

bool can_pass(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

}  // namespace

std::vector<std::string> output_places(const json::object& job) {
    const auto& declared = declared_by(job);
    std::vector<std::string> places;
    add_place(places, json::text_of(member(declared, "TransformOutput"), "S3OutputPath"), "/");
    const auto name = json::text_of(declared, "TrainingJobName");
    if (!name.empty()) {
        add_place(places, json::text_of(member(declared, "OutputDataConfig"), "S3OutputPath"), fmt::format("/{}/", name));
        const auto artifact = to_s3_uri(json::text_of(member(declared, "ModelArtifacts"), "S3ModelArtifacts"));
        if (artifact && (places.empty() || !lies_below(*artifact, places.front()))) {
            add_place(places, *artifact, "");
        }
    }
    return places;
}

Result<std::shared_ptr<S3Reader>> JobOutputs::reader_of(const store::Entity& job) {
    const auto& facts = member(job.document, "sageMaker");
    const auto kind = json::text_of(facts, "kind");
    if (kind != "TRANSFORM_JOB" && kind != "TRAINING_JOB") {
        return fail(ErrorCode::failed_precondition, "NOT_SAGEMAKER",
                    "Only outputs of jobs in SageMaker are read here: those of others lie where the job's outputData says, which its runtime reaches.");
    }
    const std::string model{json::text_of(declared_by(job.document), "ModelName")};
    SW_TRY(const auto reach, accounts_.reach_for(job.group, std::string{json::text_of(facts, "region")}, model,
                                                 std::string{text_in(member(job.document, "model"), "storedModel", "id")}));
    return accounts_.objects(reach);
}

Result<void> JobOutputs::within_limits(const store::Entity& job, const std::string& place) const {
    return check_limits(limits_, job.group, json::value(json::object{{"S3OutputPath", place}}), "/outputData");
}

Result<JobOutputPage> JobOutputs::list(const identity::Principal& who, const std::string& job_id, const std::string& after, std::size_t most) {
    auto& foundation = registry_.foundation();
    SW_TRY(const auto job, store::read<store::Entity>(foundation.store.database(), [&](store::Session& sql) {
               return store::require(sql, registry::jobs_table(), job_id, foundation.access.scope(who, identity::Action::read, "jobs"));
           }));
    SW_TRY(const auto reader, reader_of(job));
    JobOutputPage out{.places = output_places(job.document), .objects = {}, .next = {}, .problems = {}};
    SW_TRY(auto at, position_of(after, out.places.size()));
    const auto arn = json::text_of(member(job.document, "sageMaker"), "arn");
    for (; at.place < out.places.size() && out.objects.size() < most; ++at.place, at.key.clear()) {
        const auto& place = out.places[at.place];
        const auto allowed = within_limits(job, place);
        auto page = allowed ? reader->page(place, at.key, most - out.objects.size()) : std::unexpected(allowed.error());
        if (!page && can_pass(page.error())) {
            return std::unexpected(page.error());
        }
        if (!page) {
            out.problems.push_back({.url = place, .error = page.error()});
            continue;
        }
        const auto bucket = place.substr(0, place.find('/', 5));
        for (auto& object : page->objects) {
            auto link = object_link(arn, std::string_view{bucket}.substr(5), object.key);
            out.objects.push_back({.url = bucket + "/" + object.key, .object = std::move(object), .console_url = std::move(link)});
        }
        if (page->more && !out.objects.empty()) {
            out.next = fmt::format("{}:{}", at.place, out.objects.back().object.key);
            return out;
        }
    }
    out.next = at.place < out.places.size() ? fmt::format("{}:", at.place) : std::string{};
    return out;
}

Result<OutputTotals> JobOutputs::totals(const store::Entity& job) {
    SW_TRY(const auto reader, reader_of(job));
    const auto places = output_places(job.document);
    if (places.empty()) {
        return fail(ErrorCode::failed_precondition, "NO_OUTPUT", "The job declares no output in S3.");
    }
    SW_CHECK(within_limits(job, places.front()));
    SW_TRY(const auto written, reader->page(places.front(), {}, kMostObjects));
    OutputTotals out{.more = written.more};
    for (const auto& object : written.objects) {
        out.objects += object.size == 0 ? 0 : 1;
        out.bytes += object.size;
    }
    const auto& source = member(member(member(declared_by(job.document), "TransformInput"), "DataSource"), "S3DataSource");
    const auto input = to_s3_uri(json::text_of(source, "S3Uri"));
    const auto read = input && json::text_of(source, "S3DataType") == "S3Prefix" ? reader->page(*input, {}, kMostObjects)
                                                                                 : Result<S3Page>{S3Page{.objects = {}, .more = true}};
    if (read && !read->more) {
        out.inputs = static_cast<std::size_t>(std::ranges::count_if(read->objects, [](const S3Object& object) { return object.size != 0; }));
    }
    return out;
}

Result<std::string> JobOutputs::only_output(const store::Entity& job, std::size_t most) {
    SW_TRY(const auto reader, reader_of(job));
    const auto places = output_places(job.document);
    if (places.empty()) {
        return fail(ErrorCode::failed_precondition, "NO_OUTPUT", "The job declares no output in S3.");
    }
    const auto& place = places.front();
    SW_CHECK(within_limits(job, place));
    SW_TRY(auto page, reader->page(place, {}, kMostObjects));
    std::erase_if(page.objects, [](const S3Object& object) { return object.size == 0; });
    if (page.objects.empty()) {
        return fail(ErrorCode::failed_precondition, "NO_OUTPUT", fmt::format("The job wrote nothing below {}.", place));
    }
    if (page.more || page.objects.size() > 1) {
        return fail(ErrorCode::failed_precondition, "SEVERAL_OUTPUTS", fmt::format("The job wrote more than one object below {}.", place));
    }
    return reader->content(place.substr(0, place.find('/', 5) + 1) + page.objects.front().key, most);
}

}  // namespace slipway::sagemaker
