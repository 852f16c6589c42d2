// bin/slipway of the relocatable package: runs lib/slipway with the loader and the libraries that lie beside it, whatever the machine has, and
// leaves the environment as it was, so that nothing of them reaches spark-submit. Static, since nothing else is there before it.
//
//   <any folder>/bin/slipway    this file
//   <any folder>/lib            ld-linux-x86-64.so.2, slipway, slipway-jobd, libraries
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

/// The folder above bin/; empty when it cannot be told.
std::string home() {
    std::string path(PATH_MAX, '\0');
    const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    for (int up = 0; up < 2; ++up) {
        const auto slash = path.rfind('/');
        path.resize(slash == std::string::npos ? 0 : slash);
    }
    return path;
}

}  // namespace

int main(int count, char** arguments) {
    const auto lib = home() + "/lib";
    const auto loader = lib + "/ld-linux-x86-64.so.2";
    // The machine's cache of libraries is that of another loader.
    std::vector<std::string> words{loader, "--inhibit-cache", "--library-path", lib, "--argv0", count > 0 ? arguments[0] : "slipway", lib + "/slipway"};
    for (int i = 1; i < count; ++i) {
        words.emplace_back(arguments[i]);
    }
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::execv(loader.c_str(), argv.data());
    std::fprintf(stderr, "slipway: %s cannot be run: %s. /proc must be there, and bin and lib must stay side by side.\n", loader.c_str(), std::strerror(errno));
    return 127;
}
