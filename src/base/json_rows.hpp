#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace slipway::json {

/// Reads the rows of one array out of a document of any size, piece by piece as it arrives: memory for one row, whatever their number.
/// For bulk answers of peers; a document of which everything counts is for parse(). Not thread-safe.
class RowReader {
public:
    /// Values of the wanted members of a row, in the order of `members`: texts, and integers as they are written; empty for everything else.
    using Sink = std::function<void(const std::vector<std::string>& row)>;

    /// @param path members that lead from the root object to the array: `apps`, `app`.
    /// @param members of a row that are wanted.
    RowReader(std::vector<std::string> path, std::vector<std::string> members, Sink sink);
    ~RowReader();
    RowReader(const RowReader&) = delete;
    RowReader& operator=(const RowReader&) = delete;

    /// The next piece. @return false once the document is broken: more is of no use.
    bool add(std::string_view piece);
    /// @return `invalid_argument`/`MALFORMED_JSON` unless exactly one whole document with an object at its root was read.
    Result<void> finish();
    /// After finish(): the first member of the path was there, on the path there was nothing but objects and null, at its end an array of objects, or null.
    bool as_expected() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::json
