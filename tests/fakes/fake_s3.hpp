#pragma once

#include <map>
#include <string>

#include "sagemaker/s3_reader.hpp"

namespace slipway::fakes {

/// Objects by URL.
class FakeS3 final : public sagemaker::S3Reader {
public:
    Result<sagemaker::S3Page> page(const std::string& url, const std::string& after, std::size_t most) override {
        SW_CHECK(failure(url));
        const auto bucket = url.substr(0, url.find('/', 5) + 1);
        sagemaker::S3Page page;
        for (auto it = after.empty() ? objects.lower_bound(url) : objects.upper_bound(bucket + after); it != objects.end() && it->first.starts_with(url);
             ++it) {
            page.more = page.objects.size() == most;
            if (page.more) {
                break;
            }
            page.objects.push_back({.key = it->first.substr(bucket.size()), .size = it->second.size(), .modified = "2026-11-25T19:00:04.000Z"});
        }
        return page;
    }
    Result<std::string> content(const std::string& url, std::size_t most) override {
        SW_CHECK(failure(url));
        const auto found = objects.find(url);
        if (found == objects.end()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", url + " is not there.");
        }
        if (found->second.size() > most) {
            return fail(ErrorCode::failed_precondition, "TOO_LARGE", url + " is too large.");
        }
        return found->second;
    }
    std::map<std::string, std::string> objects;
    std::map<std::string, Error> refused;  ///< by the beginning of a URL

private:
    Result<void> failure(const std::string& url) const {
        for (const auto& [begin, error] : refused) {
            if (url.starts_with(begin)) {
                return std::unexpected(error);
            }
        }
        return {};
    }
};

}  // namespace slipway::fakes
