#include "apps/cli/run.hpp"

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/cli/parser.hpp"

namespace slipway::cli {

namespace {

/// Done is only what has arrived: an export onto a full disk has failed.
int written(const World& world, int code) {
    const auto problem = world.terminal.out_problem ? world.terminal.out_problem() : std::string{};
    if (problem.empty()) {
        return code;
    }
    world.terminal.err("slipway: the output could not be written: " + problem + "\n");
    return code == kDone ? kFailed : code;
}

}  // namespace

int run(World& world, const std::vector<std::string>& line) {
    auto parsed = parse(line);
    if (!parsed) {
        world.terminal.err(render_error(parsed.error(), Format::table));
        return exit_code_of(parsed.error());
    }
    if (const auto* help = std::get_if<HelpWanted>(&*parsed)) {
        world.terminal.out(help_text(help->path));
        return written(world, kDone);
    }
    Session session{world, std::move(std::get<Invocation>(*parsed))};
    const auto done = session.line().command->handler(session);
    if (done) {
        return written(world, *done);
    }
    if (world.stopped()) {
        return kInterrupted;
    }
    world.terminal.err(render_error(done.error(), session.format().value_or(Format::table)));
    return exit_code_of(done.error());
}

}  // namespace slipway::cli
