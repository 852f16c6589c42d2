// Durable inserts and point reads through the store, beside bare loops on sqlite3 with the same documents on the same disk: one that writes a row
// without an index for each, and one that writes the rows that the store writes (object, tags, audit record, event) with their indexes.
//
//   slipway_store_bench DIR [SECONDS]     prints rows: title ours peer ratio (aim)
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <sqlite3.h>
#include <thread>

#include "adapters/db/db.hpp"
#include "base/log.hpp"
#include "store/entity.hpp"
#include "store/migrate.hpp"

namespace {

using namespace slipway;

constexpr std::array kColumns{
    store::Column{"name", store::ColumnType::text, "/name", "name"},
    store::Column{"status", store::ColumnType::text, "/status", "status", true},
    store::Column{"stage", store::ColumnType::text, "/stage", "stage"},
    store::Column{"score", store::ColumnType::real, "/score", "score"},
};
constexpr std::array<std::string_view, 2> kSearch{"/name", "/description"};
constexpr std::array<std::string_view, 1> kDetached{"/code"};
constexpr store::EntityTable kModels{"bench_models", "benchModels", "BenchModel", kColumns, "/tags", kSearch, kDetached, "/id"};
constexpr std::array kSchema{
    EmbeddedFile{"9001_bench.sql",
                 "CREATE TABLE bench_models (row_id {{row_id}}, id TEXT {{c}} UNIQUE NOT NULL, group_name TEXT {{c}} NOT NULL, version BIGINT NOT NULL,\n"
                 "created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, created_by TEXT {{c}} NOT NULL, modified_by TEXT {{c}} NOT NULL,\n"
                 "search_text TEXT {{c}} NOT NULL, document TEXT {{c}} NOT NULL, name TEXT {{c}}, status TEXT {{c}}, stage TEXT {{c}}, score {{real}});\n"
                 "CREATE INDEX bench_models_group ON bench_models (group_name, row_id);\n"}};

json::object document(int thread, int number) {
    return {{"name", fmt::format("churn model {}-{}", thread, number)},
            {"description", std::string(300, 'd')},
            {"status", "ACTIVE"},
            {"stage", "development"},
            {"score", 0.875},
            {"tags", json::array{"churn", "weekly"}},
            {"inputs", json::array{json::object{{"name", "age"}, {"type", "integer"}}, json::object{{"name", "income"}, {"type", "double"}}}},
            {"properties", json::object{{"owner", "risk"}, {"region", "eu-central-1"}, {"algorithm", "gradient boosting"}}}};
}

[[noreturn]] void stop(std::string_view why) {
    std::cerr << why << '\n';
    std::exit(1);
}

/// Calls `work(thread, number)` from `threads` threads for `seconds`. @return calls per second.
template <typename F>
double per_second(int threads, double seconds, const F& work) {
    std::atomic<std::int64_t> done{0};
    std::atomic<bool> over{false};
    const auto start = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> running;
        for (int thread = 0; thread < threads; ++thread) {
            running.emplace_back([&, thread] {
                for (int number = 0; !over; ++number) {
                    work(thread, number);
                    ++done;
                }
            });
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
        over = true;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return static_cast<double>(done) / took.count();
}

/// sqlite3 and nothing else: a table with an id and a text.
class Bare {
public:
    explicit Bare(const std::string& path) {
        check(sqlite3_open(path.c_str(), &database_));
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, document TEXT NOT NULL);");
        check(sqlite3_prepare_v2(database_, "INSERT INTO bare (id, document) VALUES (?, ?)", -1, &insert_, nullptr));
        check(sqlite3_prepare_v2(database_, "SELECT document FROM bare WHERE id = ?", -1, &select_, nullptr));
        sqlite3_busy_timeout(database_, 5000);
    }
    ~Bare() {
        sqlite3_finalize(insert_);
        sqlite3_finalize(select_);
        sqlite3_close(database_);
    }
    Bare(const Bare&) = delete;
    Bare& operator=(const Bare&) = delete;

    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
    void insert(const std::string& id, const std::string& text) {
        sqlite3_bind_text64(insert_, 1, id.data(), id.size(), SQLITE_STATIC, SQLITE_UTF8);
        sqlite3_bind_text64(insert_, 2, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
        if (sqlite3_step(insert_) != SQLITE_DONE) {
            stop(sqlite3_errmsg(database_));
        }
        sqlite3_reset(insert_);
    }
    std::string select(const std::string& id) {
        sqlite3_bind_text64(select_, 1, id.data(), id.size(), SQLITE_STATIC, SQLITE_UTF8);
        if (sqlite3_step(select_) != SQLITE_ROW) {
            stop("a row is missing");
        }
        std::string out{reinterpret_cast<const char*>(sqlite3_column_text(select_, 0)), static_cast<std::size_t>(sqlite3_column_bytes(select_, 0))};
        sqlite3_reset(select_);
        return out;
    }

private:
    void check(int code) {
        if (code != SQLITE_OK) {
            stop(sqlite3_errmsg(database_));
        }
    }
    sqlite3* database_{nullptr};
    sqlite3_stmt* insert_{nullptr};
    sqlite3_stmt* select_{nullptr};
};

/// sqlite3 and nothing else, on the schema of the store: the same rows, made without looking at anything.
class BareRows {
public:
    explicit BareRows(const std::string& path) {
        check(sqlite3_open(path.c_str(), &database_));
        run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        prepare(model_,
                "INSERT INTO bench_models (id, group_name, version, created_at, modified_at, created_by, modified_by, search_text, document, name, status, "
                "stage, score) VALUES (?1, 'g', 1, 1, 1, 'ada', 'ada', ?2, ?2, 'churn model', 'ACTIVE', 'development', 0.875)");
        prepare(tag_, "INSERT INTO entity_tags (type, row_id, tag) VALUES ('BenchModel', ?1, ?2)");
        prepare(audit_,
                "INSERT INTO audit_records (id, group_name, version, created_at, modified_at, created_by, modified_by, search_text, document, entity_type, "
                "entity_id, stored_model_id) VALUES ('a' || ?1, 'g', 1, 1, 1, 'ada', 'ada', ?1, ?2, 'BenchModel', ?1, ?1)");
        prepare(event_,
                "INSERT INTO outbox (type, entity_id, version, kind, group_name, created_by, payload, created_at) "
                "VALUES ('BenchModel', ?1, 1, 'created', 'g', 'ada', '{}', 1)");
    }
    ~BareRows() {
        for (auto* statement : {model_, tag_, audit_, event_}) {
            sqlite3_finalize(statement);
        }
        sqlite3_close(database_);
    }
    BareRows(const BareRows&) = delete;
    BareRows& operator=(const BareRows&) = delete;

    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
    void insert(const std::string& id, const std::string& text) {
        step(model_, {id, text});
        const auto row = std::to_string(sqlite3_last_insert_rowid(database_));
        step(tag_, {row, "churn"});
        step(tag_, {row, "weekly"});
        step(audit_, {id, text});
        step(event_, {id});
    }

private:
    void check(int code) {
        if (code != SQLITE_OK) {
            stop(sqlite3_errmsg(database_));
        }
    }
    void prepare(sqlite3_stmt*& statement, const char* sql) { check(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr)); }
    void step(sqlite3_stmt* statement, std::initializer_list<std::string_view> texts) {
        for (int index = 1; const auto text : texts) {
            sqlite3_bind_text64(statement, index++, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
        }
        if (sqlite3_step(statement) != SQLITE_DONE) {
            stop(sqlite3_errmsg(database_));
        }
        sqlite3_reset(statement);
    }
    sqlite3* database_{nullptr};
    sqlite3_stmt* model_{nullptr};
    sqlite3_stmt* tag_{nullptr};
    sqlite3_stmt* audit_{nullptr};
    sqlite3_stmt* event_{nullptr};
};

/// One thread inserts what others queue, and commits for all that came meanwhile.
template <typename Rows>
class BareGroupCommit {
public:
    explicit BareGroupCommit(const std::string& path) : bare_{path}, thread_{[this](const std::stop_token& end) { loop(end); }} {}

    void insert(const std::string& id, const std::string& text) {
        Entry entry{&id, &text, false};
        std::unique_lock lock{mutex_};
        queue_.push_back(&entry);
        some_.notify_one();
        done_.wait(lock, [&] { return entry.done; });
    }

private:
    struct Entry {
        const std::string* id;
        const std::string* text;
        bool done;
    };
    void loop(const std::stop_token& end) {
        std::unique_lock lock{mutex_};
        while (some_.wait(lock, end, [&] { return !queue_.empty(); })) {
            const auto batch = std::exchange(queue_, {});
            lock.unlock();
            bare_.run("BEGIN IMMEDIATE");
            for (const auto* entry : batch) {
                bare_.insert(*entry->id, *entry->text);
            }
            bare_.run("COMMIT");
            lock.lock();
            for (auto* entry : batch) {
                entry->done = true;
            }
            done_.notify_all();
        }
    }
    Rows bare_;
    std::mutex mutex_;
    std::condition_variable_any some_;
    std::condition_variable done_;
    std::vector<Entry*> queue_;
    std::jthread thread_;
};

void print(const std::string& title, double ours, std::string_view peer_name, double peer, std::string_view aim) {
    std::cout << fmt::format("{:<32} {:>10.0f} /s   sqlite3, {} {:.0f} /s   ratio {:.2f}   (aim: {})\n", title, ours, peer_name, peer, ours / peer, aim);
}

template <typename Rows>
double bare_inserts(const std::string& path, int threads, double seconds) {
    RandomIds ids;
    const SystemClock clock;
    BareGroupCommit<Rows> bare{path};
    return per_second(threads, seconds, [&](int thread, int number) { bare.insert(ids.next(clock.now()), json::write(document(thread, number))); });
}

/// @return the id of the last object inserted by thread 0.
std::string measure_inserts(store::Store& store, const std::string& bare_path, const std::string& rows_path, int threads, double seconds) {
    std::string last;
    const double ours = per_second(threads, seconds, [&](int thread, int number) {
        const auto written = store.write({.subject = "ada", .request_id = "r"}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(auto made, store::insert(unit, kModels, {.id = {}, .group = "g", .document = document(thread, number)}));
            if (thread == 0) {
                last = std::move(made.id);
            }
            return {};
        });
        if (!written) {
            stop(written.error().message);
        }
    });
    const double one = bare_inserts<Bare>(bare_path, threads, seconds);
    print(fmt::format("durable inserts, {} threads", threads), ours, "one bare row", one, "≥ 0.5 on a disk");
    print("", ours, "the same rows", bare_inserts<BareRows>(rows_path, threads, seconds), "≥ 0.5, ≥ 6,000 /s");
    return last;
}

void measure_reads(store::Store& store, const std::string& bare_path, const std::string& id, int threads, double seconds) {
    const double ours = per_second(threads, seconds, [&](int, int) {
        const auto found = store.read([&](store::Session& sql) -> Result<void> {
            SW_CHECK(store::require(sql, kModels, id, store::Scope::all()));
            return {};
        });
        if (!found) {
            stop(found.error().message);
        }
    });
    const auto bare_id = fmt::format("read me {}", threads);
    Bare{bare_path}.insert(bare_id, json::write(document(0, 0)));
    std::vector<std::unique_ptr<Bare>> bare;
    for (int i = 0; i < threads; ++i) {
        bare.push_back(std::make_unique<Bare>(bare_path));
    }
    const double peer = per_second(threads, seconds, [&](int thread, int) {
        if (bare[static_cast<std::size_t>(thread)]->select(bare_id).empty()) {
            stop("an empty row");
        }
    });
    print(fmt::format("point reads, {} threads", threads), ours, "bare", peer, "none");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        stop("usage: slipway_store_bench DIR [SECONDS]");
    }
    log::set_level(log::Level::error);
    const std::filesystem::path folder = std::filesystem::path{argv[1]} / "store_bench";
    const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    {
        const SystemClock clock;
        RandomIds ids;
        const auto database = db::open_sqlite({.path = folder / "store.db"}).value();
        store::migrate(*database, {}).value();
        store::migrate(*database, kSchema, {}).value();
        store::Store store{*database, clock, ids};
        const auto bare_path = (folder / "bare.db").string();
        const auto rows_path = (folder / "rows.db").string();
        {
            const auto rows = db::open_sqlite({.path = rows_path}).value();
            store::migrate(*rows, {}).value();
            store::migrate(*rows, kSchema, {}).value();
        }
        measure_inserts(store, bare_path, rows_path, 8, seconds);
        const auto id = measure_inserts(store, bare_path, rows_path, 32, seconds);
        measure_reads(store, bare_path, id, 1, seconds);
        measure_reads(store, bare_path, id, 8, seconds);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
