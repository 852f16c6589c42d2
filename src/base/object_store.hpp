#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace slipway {

/// A file or folder in a store.
struct StoredObject {
    std::string url;   ///< absolute, as read() takes it
    std::string name;  ///< last part, as it is called: not escaped
    std::uint64_t size{0};
    bool folder{false};
    std::optional<Timestamp> modified{};  ///< of a file, by the store's clock; nothing where it does not tell
};

/// Files elsewhere: local folders (`file://`), HDFS (`hdfs://`), S3 (`s3://`, `s3a://`). Blocks; thread-safe.
/// Errors: `not_found`, `forbidden` (the store refuses us), `unavailable`/`timeout` (try again), `invalid_argument` for a URL it does not serve.
class ObjectStore {
public:
    static constexpr std::size_t kMostListed = 50'000;  ///< entries of one folder that are held in memory

    virtual ~ObjectStore() = default;
    /// What is directly below a folder, or the file itself. @return `failed_precondition`/`TOO_MANY` beyond kMostListed; a store that answers in one piece
    /// gives `ANSWER_TOO_LARGE` instead.
    virtual Result<std::vector<StoredObject>> list(const std::string& url) = 0;
    /// Gives the bytes from `offset` on to `sink`, piece by piece, until the end or until it returns false.
    virtual Result<void> read(const std::string& url, std::uint64_t offset, const std::function<bool(std::string_view)>& sink) = 0;
    /// Makes or replaces a file, with its folders; never shows half of it.
    virtual Result<void> write(const std::string& url, std::string_view bytes) = 0;
    /// Makes a folder with those above it; nothing to do when it is there.
    virtual Result<void> make_folder(const std::string& url) = 0;
    /// Removes a file, or a folder with all below it; nothing to do when it is not there.
    virtual Result<void> remove(const std::string& url) = 0;
};

/// What a folder is that holds more than ObjectStore::kMostListed.
std::unexpected<Error> too_many_entries(const std::string& url);

/// At most `limit` bytes of a file. @return `failed_precondition`/`TOO_LARGE` beyond it; else as ObjectStore::read().
Result<std::string> read_all(ObjectStore& store, const std::string& url, std::size_t limit);

}  // namespace slipway
