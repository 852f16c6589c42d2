// The engine of life cycles on SQLite or PostgreSQL: processes of ten topic tasks, each task a durable transaction of its own; the time from step to
// step on an idle engine; timers that are due together; a message among many waiting instances; the first step after a start with them.
//
//   slipway_lifecycle_bench DIR|postgresql://… [INSTANCES [WAITING [TIMERS]]]     prints rows: title ours (aim)
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "adapters/db/db.hpp"
#include "base/log.hpp"
#include "fakes/automation_world.hpp"
#include "registry/registry.hpp"
#include "store/migrate.hpp"

namespace {

using namespace slipway;
using automation::World;
using lifecycle::ProcessBuilder;
using Clock = std::chrono::steady_clock;

constexpr int kTasks = 10;
constexpr int kStartedAtOnce = 100;
constexpr int kLooks = 200;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

void print(std::string_view title, double figure, std::string_view unit, std::string_view aim) {
    std::cout << fmt::format("{:<52} {:>10.2f} {}   (aim: {})", title, figure, unit, aim) << std::endl;
}

lifecycle::Process ten_tasks() {
    ProcessBuilder build;
    build.process.id = "ten";
    build.start();
    std::string last = "s";
    for (int i = 0; i < kTasks; ++i) {
        const auto name = "t" + std::to_string(i);
        build.task(name);
        build.flow(last, name);
        last = name;
    }
    build.end();
    build.flow(last, "e");
    return build.process;
}

lifecycle::Process waiting() {
    ProcessBuilder build;
    build.process.id = "waiting";
    build.start();
    build.catching("wait", lifecycle::EventKind::message, "go").properties["mlc.correlationKey"] = "${KEY}";
    build.end();
    build.path({"s", "wait", "e"});
    return build.process;
}

lifecycle::Process signalled() {
    ProcessBuilder build;
    build.process.id = "signalled";
    build.start();
    build.catching("wait", lifecycle::EventKind::signal, "news");
    build.end();
    build.path({"s", "wait", "e"});
    return build.process;
}

lifecycle::Process timed() {
    ProcessBuilder build;
    build.process.id = "timed";
    build.start();
    build.catching("until", lifecycle::EventKind::timer, "${DUE}").event.timer = lifecycle::TimerKind::date;
    build.end();
    build.path({"s", "until", "e"});
    return build.process;
}

/// Starts `count` of them, many in one transaction: what is measured is their running. Those with timers are due one after another from `due` on, within
/// a second.
void start(World& world, const std::string& key, int count, Timestamp due = {}) {
    const auto variables = [&](int i) {
        return key == "timed" ? json::object{{"DUE", to_iso(due + Milliseconds{std::int64_t{i} * 1000 / count})}} : json::object{{"KEY", std::to_string(i)}};
    };
    for (int begun = 0; begun < count; begun += kStartedAtOnce) {
        const auto some = world.change([&](store::Unit& unit) -> Result<void> {
            for (int i = begun; i < std::min(begun + kStartedAtOnce, count); ++i) {
                SW_CHECK(world.instances().start(unit, world.ann, {.key = key, .variables = variables(i), .group = "risk"}));
            }
            return {};
        });
        if (!some) {
            std::cerr << some.error().message << some.error().detail << std::endl;
            std::exit(1);
        }
    }
}

std::int64_t still_running(World& world) {
    return world.read<std::int64_t>([](store::Session& sql) -> Result<std::int64_t> {
        SW_TRY(const auto rows, sql.query("SELECT count(*) FROM lifecycle_instances WHERE state = 'active'"));
        return rows[0].integer(0);
    });
}

void measure_throughput(World& world, int instances) {
    start(world, "ten", instances);
    const auto begin = Clock::now();
    do {
        world.run();
    } while (still_running(world) > 0);
    print(fmt::format("instances of {} tasks, {} at once", kTasks, instances), instances / seconds_since(begin), "/s",
          ">= 2,000/s SQLite, >= 400/s PostgreSQL");
}

/// Beside a bare commit: what the disk does differs from one minute to the next.
void measure_idle_step(World& world) {
    std::vector<double> took;
    std::vector<double> bare;
    for (int i = 0; i < kLooks / 10; ++i) {
        start(world, "ten", 1);
        auto begin = Clock::now();
        for (int step = 0; step <= kTasks; ++step) {
            world.run_once();
        }
        took.push_back(seconds_since(begin) * 1000 / kTasks);
        begin = Clock::now();
        for (int step = 0; step < kTasks; ++step) {
            world
                .change([](store::Unit& unit) -> Result<void> {
                    SW_CHECK(unit.sql.execute("UPDATE lifecycle_definitions SET version = version WHERE definition_key = 'ten'", {}));
                    return {};
                })
                .value();
        }
        bare.push_back(seconds_since(begin) * 1000 / kTasks);
    }
    if (still_running(world) > 0) {
        std::cerr << "the steps were not all taken" << std::endl;
        std::exit(1);
    }
    std::ranges::sort(took);
    std::ranges::sort(bare);
    print("step to step on an idle engine, p50", took[took.size() / 2], "ms", "<= 2 ms");
    print("  a commit of one row at the same time, p50", bare[bare.size() / 2], "ms", "what the disk takes");
}

/// All of them are due within one second: from its first moment to the end of the last.
void measure_timers(World& world, int timers) {
    constexpr int kTried = 200;
    auto begin = Clock::now();
    start(world, "timed", kTried, world.store().clock().now());
    const double each = seconds_since(begin) / kTried;
    world.run();
    const auto due = world.store().clock().now() + Milliseconds{static_cast<std::int64_t>(each * timers * 1500) + 2000};
    start(world, "timed", timers, due);
    if (world.store().clock().now() >= due) {
        std::cerr << "starting them took longer than was foreseen" << std::endl;
        std::exit(1);
    }
    std::this_thread::sleep_for(due - world.store().clock().now());
    begin = Clock::now();
    do {
        world.run_once();
    } while (still_running(world) > 0);
    print(fmt::format("{} timers due in one second, fired within", timers), seconds_since(begin), "s", "<= 5 s");
}

/// From the signal to the end of the last that waited for it.
void measure_signal(World& world, int instances) {
    start(world, "signalled", instances);
    const auto begin = Clock::now();
    const auto thrown = world.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(world.instances().signal(unit, world.ann, {.name = "news"}));
        return {};
    });
    do {
        world.run();
    } while (thrown && still_running(world) > 0);
    print(fmt::format("a signal for which {} wait, the last has ended", instances), seconds_since(begin), "s", "one effect each, in its turn");
}

/// Of this process, with all it keeps of the database.
double resident_mib() {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::stod(line.substr(6)) / 1024;
        }
    }
    return 0;
}

void measure_messages(World& world, int instances) {
    start(world, "waiting", instances);
    std::vector<double> took;
    for (int i = 0; i < kLooks; ++i) {
        const auto begin = Clock::now();
        const auto sent = world.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(world.instances().correlate(unit, world.ann, {.name = "go", .correlation_key = std::to_string(i * (instances / kLooks))}));
            return {};
        });
        took.push_back(sent ? seconds_since(begin) * 1000 : 1e9);
    }
    std::ranges::sort(took);
    print(fmt::format("message among {} waiting instances, p50", instances), took[took.size() / 2], "ms", "<= 20 ms");
    print(fmt::format("message among {} waiting instances, p99", instances), took[took.size() * 99 / 100], "ms", "<= 20 ms");
    const auto begin = Clock::now();
    world.restart();
    start(world, "ten", 1);
    world.run();
    print(fmt::format("start with {} waiting, to the end of a first run", instances), seconds_since(begin), "s", "<= 5 s");
    print(fmt::format("resident memory with {} waiting", instances), resident_mib(), "MiB", "<= 400 MiB");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: slipway_lifecycle_bench DIR|postgresql://… [INSTANCES [WAITING [TIMERS]]]" << std::endl;
        return 2;
    }
    log::set_level(log::Level::error);
    const std::string where = argv[1];
    const int instances = argc > 2 ? std::atoi(argv[2]) : 2000;
    const int many = argc > 3 ? std::atoi(argv[3]) : 100'000;
    const int timers = argc > 4 ? std::atoi(argv[4]) : 10'000;
    const auto folder = std::filesystem::path{where} / "lifecycle_bench";
    const bool postgres = where.starts_with("postgresql://");
    if (!postgres) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
    }
    {
        const SystemClock clock;
        RandomIds ids;
        const auto database = postgres ? db::open_postgres({.url = where}).value() : db::open_sqlite({.path = folder / "slipway.db"}).value();
        store::migrate(*database, {}).value();
        World world{store::Store{*database, clock, ids}};
        for (int i = 0; i < kTasks; ++i) {
            world.handlers["t" + std::to_string(i)] = [](const automation::ExternalTask&) { return automation::Done{}; };
        }
        world.restart();
        world.deploy(ten_tasks());
        world.deploy(waiting());
        world.deploy(timed());
        world.deploy(signalled());
        measure_throughput(world, instances);
        measure_idle_step(world);
        measure_timers(world, timers);
        measure_signal(world, timers);
        measure_messages(world, many);
    }
    if (!postgres) {
        std::filesystem::remove_all(folder);
    }
    return 0;
}
