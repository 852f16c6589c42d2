#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "store/database.hpp"

/// A child process that writes rows with eight threads and tells of each once it is committed; its parent counts what is stored.
namespace slipway::contract {

Result<void> make_acknowledged_table(store::Database& database);

/// In the child: the database its parent named, or nothing when this process is no child.
const char* child_database();
/// In the child: writes until a write fails or the process dies.
void write_until_it_ends();

struct ChildEnd {
    std::vector<std::string> words;  ///< acknowledged
    int status{0};                   ///< of waitpid()
    bool killed{false};
};
/// Runs this program's test `child` on the database; kills it after it acknowledged `kill_after` rows, when that is not 0.
ChildEnd run_child(const std::string& child, const std::string& path, int round, std::size_t kill_after);

/// Opens the database and expects that it is sound, and that each of `words` stands in it once.
void expect_stored(const std::string& path, const std::set<std::string>& words);

}  // namespace slipway::contract
