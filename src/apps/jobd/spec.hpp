#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// What a supervisor was told to run. No code of the rest of Slipway: the supervisor stays small.
namespace jobd {

/// A spec as it was read.
struct Spec {
    std::vector<std::string> arguments;
    std::vector<std::string> environment;
    std::string working_directory;
    std::string stdout_path;
    std::string stderr_path;
    std::vector<std::string> secret_files;
    std::string held_path;  ///< lies there as long as the program has not been executed; empty in specs of older runtimes
    std::string boot;       ///< of the host, when the spec was written
    bool switch_user{false};
    uid_t uid{0};
    gid_t gid{0};
    std::vector<gid_t> groups;
};

/// @return false for a text of another version, or without a program and places for its output.
bool parse_spec(std::string_view text, Spec& spec);

/// A file's text, empty where there is none.
std::string read_whole(const std::string& path);

}  // namespace jobd
