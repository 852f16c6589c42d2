#include "apps/serve/build_info.hpp"

namespace slipway::serve {
namespace {

#ifdef __clang__
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

json::object build_info(std::string_view database, Timestamp started) {
    json::object build{{"name", "slipway"}, {"version", SLIPWAY_VERSION}};
    if (constexpr std::string_view commit = SLIPWAY_COMMIT; !commit.empty()) {
        build["commit"] = commit;
    }
    build["compiler"] = kCompiler.substr(0, kCompiler.find(" ("));
    return {{"build", std::move(build)}, {"database", database}, {"startedAt", to_iso(started)}};
}

}  // namespace slipway::serve
