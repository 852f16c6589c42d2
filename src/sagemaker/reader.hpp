#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sagemaker/api.hpp"

namespace slipway::sagemaker {

/// Reads of one account for one piece of work: each call counted in its ledger and given up when it is cancelled. Thread-safe: no state of its own.
class Reader {
public:
    Reader(SageMakerApi& api, CallOptions options) : api_{api}, options_{options} {}

    AwsResult<json::object> call(std::string_view operation, const json::object& request);

    /// All pages of a listing, one after the other; `page` sees the items of each (an empty page with a token is no end) and says whether to go on.
    /// @param items name of the array in the answer (`TransformJobSummaries`).
    /// @return the error of the first call that failed; code `PagingLoop` when AWS repeats a token or the listing does not end within 10,000 pages.
    AwsResult<void> list(std::string_view operation, json::object request, std::string_view items,
                         const std::function<AwsResult<bool>(const json::array&)>& page);

    /// ListTags to its end. @return the tags, masked.
    AwsResult<std::map<std::string, std::string>> tags(const std::string& arn);

    /// The same reads, but each tried at most twice: for what is good to know but not needed.
    Reader for_extras() const {
        auto options = options_;
        options.attempts = 2;
        return {api_, options};
    }

    /// The same reads, all of them together within `time` from now; behind that they fail as `timeout`.
    Reader within(Milliseconds time, const Clock& clock) const {
        auto reader = *this;
        reader.clock_ = &clock;
        reader.patience_ = time;
        reader.ends_ = clock.steady() + time;
        return reader;
    }

    SageMakerApi& api() { return api_; }
    CallLedger* ledger() const { return options_.ledger; }
    bool cancelled() const { return options_.cancelled != nullptr && *options_.cancelled; }

private:
    SageMakerApi& api_;
    CallOptions options_;
    const Clock* clock_{nullptr};  ///< when the reads have an end
    Milliseconds patience_{0};
    Steady ends_{};
};

/// True when AWS says that the object is not there: ResourceNotFound, or a ValidationException that begins with `Could not find`.
bool is_absent(const AwsError& error);
/// True when the caller was cancelled.
bool is_cancelled(const AwsError& error);
/// AWS cannot be reached, or has no time: nothing was decided.
bool is_transient(const AwsError& error);
/// An error of our own in a function that speaks to AWS (the database failed between two calls).
std::unexpected<AwsError> own_error(Error error);

}  // namespace slipway::sagemaker
