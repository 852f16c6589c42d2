#include "store/migrate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "base/log.hpp"

namespace slipway::embedded {
std::span<const EmbeddedFile> migrations();
}

namespace slipway::store {

namespace {

constexpr std::int64_t kAdvisoryKey = 0x536c697077617901;  // "Slipway" and a number

struct Step {
    int version{0};
    std::string_view name;
    std::string_view text;
};

struct Placeholder {
    std::string_view name;
    std::string_view sqlite;
    std::string_view postgres;
};
constexpr std::array kPlaceholders{
    Placeholder{"{{row_id}}", "INTEGER PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
    Placeholder{"{{blob}}", "BLOB", "BYTEA"},
    Placeholder{"{{real}}", "REAL", "DOUBLE PRECISION"},
    Placeholder{"{{c}}", "", "COLLATE \"C\""},
};

Result<std::vector<Step>> steps_of(std::span<const EmbeddedFile> files) {
    std::vector<Step> steps;
    for (const auto& file : files) {
        if (!file.name.ends_with(".sql")) {
            continue;
        }
        Step step{0, file.name, file.content};
        const auto [end, problem] = std::from_chars(file.name.data(), file.name.data() + file.name.size(), step.version);
        if (problem != std::errc{} || step.version <= 0) {
            return fail(ErrorCode::internal, "INTERNAL", fmt::format("The migration {} has no number.", file.name));
        }
        steps.push_back(step);
    }
    std::ranges::sort(steps, {}, &Step::version);
    const auto twice = std::ranges::adjacent_find(steps, {}, &Step::version);
    if (twice != steps.end()) {
        return fail(ErrorCode::internal, "INTERNAL", fmt::format("Two migrations have the number {}.", twice->version));
    }
    return steps;
}

/// A line that begins so is for that database alone.
constexpr std::string_view kOnlyPostgres = "{{postgres}}";
constexpr std::string_view kOnlySqlite = "{{sqlite}}";

std::string filled_in(std::string_view line, Dialect dialect) {
    std::string out{line};
    for (const auto& placeholder : kPlaceholders) {
        const auto with = dialect == Dialect::sqlite ? placeholder.sqlite : placeholder.postgres;
        for (auto at = out.find(placeholder.name); at != std::string::npos; at = out.find(placeholder.name, at + with.size())) {
            out.replace(at, placeholder.name.size(), with);
        }
    }
    return out;
}

std::vector<std::string> statements_of(std::string_view text, Dialect dialect) {
    std::vector<std::string> statements;
    std::string current;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
        const auto start = line.find_first_not_of(" \t");
        if (start == std::string_view::npos || line.substr(start).starts_with("--")) {
            continue;
        }
        const auto& own = dialect == Dialect::sqlite ? kOnlySqlite : kOnlyPostgres;
        if (line.starts_with(dialect == Dialect::sqlite ? kOnlyPostgres : kOnlySqlite)) {
            continue;
        }
        if (line.starts_with(own)) {
            line.remove_prefix(own.size());
        }
        const bool ends = line.ends_with(';');
        current += filled_in(line.substr(0, line.size() - (ends ? 1 : 0)), dialect) + "\n";
        if (ends) {
            statements.push_back(std::move(current));
            current.clear();
        }
    }
    if (!current.empty()) {
        statements.push_back(std::move(current));
    }
    return statements;
}

/// One migrates, others wait. SQLite's transact() is such a lock by itself.
Result<void> lock(Session& session) {
    if (session.dialect() == Dialect::postgres) {
        // Each statement sees what is committed when it begins: the one that waited sees what the other has done.
        SW_CHECK(session.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"));
        SW_CHECK(session.execute("SET LOCAL statement_timeout = 0"));  // a large table takes its time
        SW_CHECK(session.query("SELECT pg_advisory_xact_lock($1)", {kAdvisoryKey}));
    }
    return {};
}

Result<int> version_of(Session& session) {
    SW_TRY(const auto rows, session.query("SELECT max(version) FROM schema_migrations"));
    return static_cast<int>(rows[0].integer(0));
}

Result<void> apply(Session& session, const Step& step) {
    SW_CHECK(lock(session));
    SW_TRY(const auto done, session.query("SELECT version FROM schema_migrations WHERE version = $1", {std::int64_t{step.version}}));
    if (!done.empty()) {
        return {};  // another process was faster
    }
    for (const auto& statement : statements_of(step.text, session.dialect())) {
        SW_CHECK(session.execute(statement));
    }
    SW_CHECK(session.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", {std::int64_t{step.version}, std::string{step.name}}));
    return {};
}

}  // namespace

Result<MigrationReport> migrate(Database& database, std::span<const EmbeddedFile> files, const std::function<Result<void>()>& backup) {
    SW_TRY(const auto steps, steps_of(files));
    const int newest = steps.empty() ? 0 : steps.back().version;
    SW_TRY(const int from, transact<int>(database, [](Session& session) -> Result<int> {
               SW_CHECK(lock(session));
               SW_CHECK(session.execute("CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL)"));
               return version_of(session);
           }));
    if (from > newest) {
        return fail(ErrorCode::failed_precondition, "DATABASE_TOO_NEW",
                    fmt::format("The database has schema version {}, this Slipway knows {} at most. Start a newer Slipway, or restore the backup made "
                                "before the upgrade.",
                                from, newest));
    }
    if (from > 0 && from < newest && backup) {
        SW_CHECK(backup());
    }
    for (const auto& step : steps) {
        if (step.version <= from) {
            continue;
        }
        SW_CHECK(database.transact([&](Session& session) { return apply(session, step); }));
        log::info("migrated", {{"version", step.version}, {"name", std::string{step.name}}});
    }
    return MigrationReport{from, newest};
}

Result<MigrationReport> migrate(Database& database, const std::function<Result<void>()>& backup) {
    return migrate(database, embedded::migrations(), backup);
}

}  // namespace slipway::store
