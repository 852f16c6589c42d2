#include <set>
#include <thread>

#include "contract/database_fixture.hpp"
#include "store/audit.hpp"
#include "store/draft.hpp"
#include "store/outbox.hpp"

namespace slipway::contract {
namespace {

using store::Column;
using store::ColumnType;
using store::Entity;
using store::Scope;
using store::Session;
using store::Unit;

constexpr std::array kColumns{
    Column{"name", ColumnType::text, "/name", "name"},    Column{"status", ColumnType::text, "/status", "status", true},
    Column{"score", ColumnType::real, "/score", "score"}, Column{"runs", ColumnType::integer, "/runs", "runs"},
    Column{"open", ColumnType::boolean, "/open", "open"}, Column{"started_at", ColumnType::time, "/started", "started"},
};
constexpr std::array<std::string_view, 2> kSearch{"/name", "/text"};
constexpr std::array<std::string_view, 1> kDetached{"/big"};
constexpr store::EntityTable kThings{"things", "things", "Thing", kColumns, "/tags", kSearch, kDetached, "/id"};

class EntityContract : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (!database_) {
            return;
        }
        static constexpr std::array kSchema{EmbeddedFile{
            "9001_things.sql",
            "CREATE TABLE things (row_id {{row_id}}, id TEXT {{c}} UNIQUE NOT NULL, group_name TEXT {{c}} NOT NULL, version BIGINT NOT NULL,\n"
            "created_at BIGINT NOT NULL, modified_at BIGINT NOT NULL, created_by TEXT {{c}} NOT NULL, modified_by TEXT {{c}} NOT NULL,\n"
            "search_text TEXT {{c}} NOT NULL, document TEXT {{c}} NOT NULL, name TEXT {{c}} UNIQUE, status TEXT {{c}}, score {{real}}, runs BIGINT,\n"
            "open BIGINT, started_at BIGINT);\n"}};
        migrate();
        SW_OK(store::migrate(database(), kSchema, {}));
    }
    Result<Entity> add(std::string_view document, std::string group = "g", std::string id = {}) {
        Entity made;
        SW_CHECK(store().write({.subject = "ada", .request_id = "r"}, [&](Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, kThings, {.id = id, .group = group, .document = *json::parse_object(document)}));
            return {};
        }));
        return made;
    }
    Result<Entity> change(const Entity& before, std::string_view document) {
        Entity after;
        SW_CHECK(store().write({.subject = "bob", .request_id = "r"}, [&](Unit& unit) -> Result<void> {
            SW_TRY(after, store::update(unit, kThings, before, *json::parse_object(document)));
            return {};
        }));
        return after;
    }
    Result<store::Page> list(const store::ListQuery& query, const Scope& scope = Scope::all()) {
        return store::read<store::Page>(database(), [&](Session& sql) { return store::list(sql, kThings, query, scope); });
    }
    /// Names of what a filter finds, sorted and joined.
    std::string found(std::string_view filter) {
        const auto parsed = store::parse_filter(filter);
        if (!parsed) {
            return parsed.error().message;
        }
        const auto page = list({.filter = *parsed, .sort = {"name"}, .now = clock_.now()});
        if (!page) {
            return page.error().message + page.error().detail;
        }
        std::string names;
        for (const auto& item : page->items) {
            names += json::text_of(item.document, "name");
        }
        return names;
    }
    std::vector<json::object> audits() {
        std::vector<json::object> out;
        EXPECT_TRUE(database().read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto page, store::list(sql, store::audit_records(), {.sort = {"created"}, .size = 100}, Scope::all()));
            for (const auto& item : page.items) {
                out.push_back(item.document);
            }
            return {};
        }));
        return out;
    }
    std::size_t events() {
        return store::read<std::vector<store::Event>>(database(), [](Session& sql) { return store::events_after(sql, 0, Scope::all(), 1000); })->size();
    }
};

TEST_P(EntityContract, WritesRowAuditAndEventTogether) {
    const auto made = add(R"({"id":"mine","version":77,"name":"n","extra":{"x":[1,2.5,null]}})");
    SW_OK(made);
    EXPECT_EQ(made->version, 1);
    EXPECT_EQ(json::write(made->document), R"({"name":"n","extra":{"x":[1,2.5,null]}})");
    clock_.advance(Milliseconds{5});
    const auto changed = change(*made, R"({"name":"n","extra":{"x":[1,2.5,null],"y":true}})");
    SW_OK(changed);
    EXPECT_EQ(changed->version, 2);
    EXPECT_EQ(changed->modified_by, "bob");
    EXPECT_EQ(changed->created_by, "ada");
    const auto same = change(*changed, R"({"name":"n","extra":{"y":true,"x":[1,2.5,null]}})");
    SW_OK(same);
    EXPECT_EQ(same->version, 2);
    const auto stale = change(*made, R"({"name":"other"})");
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().reason, "VERSION_MISMATCH");
    const auto trail = audits();
    ASSERT_EQ(trail.size(), 2U);
    EXPECT_EQ(json::write(trail[1].at("changes")), R"([{"op":"add","path":"/extra/y","value":true}])");
    EXPECT_EQ(json::text_of(trail[1], "storedModelId"), made->id);
    EXPECT_EQ(events(), 2U);
    SW_OK(store().write({}, [&](Unit& unit) { return store::remove(unit, kThings, *changed); }));
    EXPECT_EQ(events(), 3U);
    const auto gone = store::read<Entity>(database(), [&](Session& sql) { return store::require(sql, kThings, made->id, Scope::all()); });
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::not_found);
}

TEST_P(EntityContract, NamesTheKindThatExistsAlready) {
    SW_OK(add(R"({"name":"n"})"));
    const auto twice = add(R"({"name":"n"})");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().reason, "ALREADY_EXISTS");
    EXPECT_NE(twice.error().message.find("Thing"), std::string::npos);
    EXPECT_EQ(events(), 1U);
    EXPECT_EQ(audits().size(), 1U);
}

TEST_P(EntityContract, StatusPushLeavesTheDocumentAloneAndBigMembersAreKeptOnce) {
    const std::string big(5000, 'b');
    const auto made = add(R"({"name":"n","status":"CREATED","big":")" + big + R"("})");
    SW_OK(made);
    const auto changed = change(*made, R"({"name":"n","status":"RUNNING","big":")" + big + R"("})");
    SW_OK(changed);
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto again, store::require(sql, kThings, made->id, Scope::all()));
        EXPECT_EQ(json::text_of(again.document, "status"), "RUNNING");
        EXPECT_EQ(json::text_of(again.document, "big"), big);
        SW_TRY(const auto blobs, sql.query("SELECT hash FROM blobs"));
        EXPECT_EQ(blobs.size(), 1U);
        SW_TRY(const auto bytes, store::read_blob(sql, blobs.at(0).text(0)));
        EXPECT_EQ(bytes, "\"" + big + "\"");
        return {};
    }));
    for (const auto& entry : audits()) {
        EXPECT_EQ(json::write(entry).find(big), std::string::npos);
    }
    EXPECT_EQ(json::write(audits().at(1).at("changes")), R"([{"op":"replace","path":"/status","value":"RUNNING"}])");
}

TEST_P(EntityContract, ShowsOnlyWhatTheScopeAllows) {
    SW_OK(add(R"({"name":"a"})", "red", "id-a"));
    SW_OK(add(R"({"name":"b"})", "blue", "id-b"));
    const auto names = [&](const Scope& scope) {
        std::string out;
        const auto page = list({.sort = {"name"}}, scope);
        for (const auto& item : page->items) {
            out += json::text_of(item.document, "name");
        }
        return out;
    };
    EXPECT_EQ(names(Scope::all()), "ab");
    EXPECT_EQ(names({}), "");
    EXPECT_EQ(names({.groups = {"red"}}), "a");
    EXPECT_EQ(names({.groups = {"red"}, .owner = "ada", .owner_groups = {"blue"}}), "ab");
    EXPECT_EQ(names({.owner = "eve", .owner_groups = {"blue", "red"}}), "");
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto hidden, store::find(sql, kThings, "id-b", {.groups = {"red"}}));
        EXPECT_FALSE(hidden.has_value());
        SW_TRY(const auto by, store::find_by(sql, kThings, {{"name", "a"}, {"group_name", "red"}}, {.groups = {"blue"}}));
        EXPECT_TRUE(by.empty());
        return {};
    }));
}

TEST_P(EntityContract, FiltersByEveryKindOfTerm) {
    SW_OK(add(
        R"({"name":"a","status":"OK","score":0.5,"runs":3,"open":true,"started":"2026-11-01T00:00:00Z","tags":["team=risk","gold"],"text":"Größe Überall"})"));
    clock_.advance(std::chrono::hours{24 * 10});
    SW_OK(add(R"({"name":"b","status":"ERROR","score":1.5,"runs":-3,"open":false,"started":1795633204123,"tags":["team=fraud"],"text":"100% _safe_"})"));
    SW_OK(add(R"({"name":"C","text":"it's"})"));
    EXPECT_EQ(found(""), "Cab");
    EXPECT_EQ(found("status:OK"), "a");
    EXPECT_EQ(found("status:OK,ERROR"), "ab");
    EXPECT_EQ(found("-status:OK"), "Cb");
    EXPECT_EQ(found("status!=OK,ERROR"), "C");
    EXPECT_EQ(found("score>0.5"), "b");
    EXPECT_EQ(found("score>=0.5 runs<0"), "b");
    EXPECT_EQ(found("open:true"), "a");
    EXPECT_EQ(found("open:false"), found("open!=true")) << "a flag that is not set is false";
    EXPECT_EQ(found("open!=false"), "a");
    EXPECT_EQ(found("updated>7d"), "Cb");
    EXPECT_EQ(found("updated<7d"), "a");
    EXPECT_EQ(found("started:2026-11-01"), "a");
    EXPECT_EQ(found("started>2026-11-01"), "b");
    EXPECT_EQ(found("-started:2026-11-01"), "Cb");
    EXPECT_EQ(found("tag.team=risk"), "a");
    EXPECT_EQ(found("tag:team"), "ab");
    EXPECT_EQ(found("tag:gold,team=fraud"), "ab");
    EXPECT_EQ(found("-tag:team"), "C");
    EXPECT_EQ(found("GRÖSSE"), "");
    EXPECT_EQ(found("größe über"), "a");
    EXPECT_EQ(found("GRÖße"), "a");
    EXPECT_EQ(found("100% _SAFE"), "b");
    EXPECT_EQ(found("%"), "b");
    EXPECT_EQ(found("it's"), "C");
    EXPECT_EQ(found("risk"), "a");
    EXPECT_EQ(found("name~c"), "C");
    EXPECT_EQ(found("group:g createdBy:ada name:a"), "a");
    EXPECT_NE(found("runs:x").find("whole number"), std::string::npos);
    EXPECT_NE(found("updated>soon").find("age"), std::string::npos);
}

TEST_P(EntityContract, SortsBinaryWithEmptyValuesLast) {
    for (const auto* document : {R"({"name":"b","score":2})", R"({"name":"B","score":1})", R"({"name":"ä"})", R"({"name":"a","score":3})"}) {
        SW_OK(add(document));
    }
    const auto order = [&](const std::vector<std::string>& sort) {
        std::string out;
        const auto page = list({.sort = sort});
        for (const auto& item : page->items) {
            out += json::text_of(item.document, "name");
        }
        return out;
    };
    EXPECT_EQ(order({}), "aäBb");
    EXPECT_EQ(order({"name"}), "Babä");
    EXPECT_EQ(order({"score,desc"}), "abBä");
    EXPECT_EQ(order({"score"}), "Bbaä");
    EXPECT_FALSE(list({.sort = {"score;drop"}}));
    EXPECT_EQ(list({.sort = {"nmae"}}).error().faults.at(0).pointer, "?sort");
}

TEST_P(EntityContract, PagesByNumberWithTotals) {
    for (int i = 0; i < 7; ++i) {
        SW_OK(add(fmt::format(R"({{"name":"n{}"}})", i)));
    }
    const auto first = list({.size = 3});
    SW_OK(first);
    EXPECT_EQ(first->items.size(), 3U);
    EXPECT_EQ(first->total, 7);
    EXPECT_TRUE(first->next.has_value());
    const auto last = list({.page = 2, .size = 3});
    EXPECT_EQ(last->items.size(), 1U);
    EXPECT_EQ(last->total, 7);
    EXPECT_FALSE(last->next.has_value());
    const auto behind = list({.page = 9, .size = 3});
    EXPECT_EQ(behind->total, 7);
    EXPECT_EQ(list({.size = 5000})->size, 1000);
    EXPECT_EQ(list({.size = 0})->size, 1);
}

TEST_P(EntityContract, CursorsSeeEachRowOnceWhileOthersInsert) {
    for (const auto& sort : std::vector<std::vector<std::string>>{{}, {"score"}, {"score,desc", "name"}, {"started,desc"}}) {
        std::set<std::string> wanted;
        for (int i = 0; i < 13; ++i) {
            const auto made = add(i % 4 == 0 ? "{}" : fmt::format(R"({{"score":{},"started":{}}})", i % 3, i % 2));
            SW_OK(made);
            wanted.insert(made->id);
        }
        std::set<std::string> seen;
        std::optional<std::string> cursor;
        for (int pages = 0; pages < 100; ++pages) {
            const auto page = list({.sort = sort, .size = 4, .cursor = cursor});
            SW_OK(page);
            for (const auto& item : page->items) {
                EXPECT_TRUE(seen.insert(item.id).second) << "twice";
            }
            if (!page->next) {
                break;
            }
            cursor = page->next;
            if (pages < 3) {
                SW_OK(add(R"({"score":1})"));
            }
        }
        for (const auto& id : wanted) {
            EXPECT_TRUE(seen.contains(id));
        }
    }
}

TEST_P(EntityContract, EightWritersOfOneEntityLoseNothing) {
    const auto made = add(R"({"runs":0})");
    SW_OK(made);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int done = 0; done < 10;) {
                    const auto result = store().write({}, [&](Unit& unit) -> Result<void> {
                        SW_TRY(const auto before, store::require(unit.sql, kThings, made->id, Scope::all()));
                        auto document = before.document;
                        document["runs"] = document.at("runs").as_int64() + 1;
                        SW_CHECK(store::update(unit, kThings, before, document));
                        return {};
                    });
                    done += result ? 1 : 0;
                }
            });
        }
    }
    const auto after = store::read<Entity>(database(), [&](Session& sql) { return store::require(sql, kThings, made->id, Scope::all()); });
    SW_OK(after);
    EXPECT_EQ(after->document.at("runs").as_int64(), 80);
    EXPECT_EQ(after->version, 81);
    EXPECT_EQ(events(), 81U);
}

TEST_P(EntityContract, ADraftIsWrittenAsItWasMade) {
    auto own = store();
    const store::Actor ada{.subject = "ada", .request_id = "r"};
    Entity made;
    const auto draft = store::Draft::make(own, ada, [&](Unit& unit) -> Result<void> {
        SW_TRY(made, store::insert(unit, kThings, {.id = "d", .group = "g", .document = *json::parse_object(R"({"name":"n","tags":["a","b"],"status":"s"})")}));
        return {};
    });
    SW_OK(draft);
    EXPECT_EQ(found("name=n"), "") << "nothing is written before its transaction";
    SW_OK(own.write(ada, [&](Unit& unit) { return draft->write(unit); }));
    EXPECT_EQ(found("tag=a status=s"), "n");
    EXPECT_EQ(audits().size(), 1U);
    const auto twice = own.write(ada, [&](Unit& unit) { return store::in_words_of(kThings, draft->write(unit)); });
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().reason, "ALREADY_EXISTS");
}

TEST_P(EntityContract, ADraftOfAChangeCountsForTheVersionThatItWasMadeFrom) {
    auto own = store();
    const store::Actor ada{.subject = "ada", .request_id = "r"};
    const auto before = add(R"({"name":"n","tags":["a","b"]})", "g", "d");
    SW_OK(before);
    const auto change_draft = [&](const std::string& document) {
        return store::Draft::make(own, ada, [&](Unit& unit) -> Result<void> {
            SW_CHECK(store::update(unit, kThings, *before, *json::parse_object(document)));
            return {};
        });
    };
    const auto first = change_draft(R"({"name":"first","tags":["c"]})");
    const auto second = change_draft(R"({"name":"second"})");
    SW_OK(first);
    SW_OK(second);
    SW_OK(own.write(ada, [&](Unit& unit) { return first->write(unit); }));
    EXPECT_EQ(found("tag=c"), "first");
    EXPECT_EQ(found("tag=a"), "");
    const auto stale = own.write(ada, [&](Unit& unit) { return second->write(unit); });
    ASSERT_FALSE(stale);
    EXPECT_TRUE(store::is_stale(stale.error()));
    EXPECT_EQ(found("tag=c"), "first");
    SW_OK(database().read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto events, store::events_after(sql, 0, Scope::all(), 10));
        EXPECT_EQ(events.size(), 2U);
        return {};
    }));
    const auto asks = store::Draft::make(own, ada, [&](Unit& unit) -> Result<void> {
        (void)store::find(unit.sql, kThings, "d", Scope::all());
        return {};
    });
    ASSERT_FALSE(asks);
    EXPECT_TRUE(store::needs_rows(asks.error()));
}

SW_ON_ALL_ENGINES(EntityContract);

}  // namespace
}  // namespace slipway::contract
