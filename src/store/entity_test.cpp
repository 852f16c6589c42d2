#include "store/entity.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "store/audit.hpp"

namespace slipway::store {
namespace {

constexpr std::array kColumns{
    Column{"name", ColumnType::text, "/name", "name"},
    Column{"status", ColumnType::text, "/status", "status", true},
    Column{"score", ColumnType::real, "/score", "score"},
    Column{"started_at", ColumnType::time, "/started", "started", true},
};
constexpr std::array<std::string_view, 1> kSearch{"/name"};
constexpr std::array<std::string_view, 1> kDetached{"/big"};
constexpr EntityTable kThings{"things", "things", "Thing", kColumns, "/tags", kSearch, kDetached, "/id"};

class EntityUnitTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(store_->database().transact([](Session& sql) -> Result<void> {
            SW_CHECK(
                sql.execute("CREATE TABLE things (row_id INTEGER PRIMARY KEY, id TEXT UNIQUE, group_name TEXT, version BIGINT, created_at BIGINT, modified_at "
                            "BIGINT, created_by TEXT, modified_by TEXT, search_text TEXT, document TEXT, name TEXT, status TEXT, score REAL, started_at "
                            "BIGINT)"));
            return {};
        }));
    }
    Entity add(std::string_view document) {
        Entity made;
        const auto written = store_->write({}, [&](Unit& unit) -> Result<void> {
            SW_TRY(made, insert(unit, kThings, {.id = {}, .group = "g", .document = *json::parse_object(document)}));
            return {};
        });
        EXPECT_TRUE(written) << written.error().detail;
        return made;
    }
    std::string stored_document() {
        std::string text;
        EXPECT_TRUE(store_->read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT document FROM things"));
            text = rows.at(0).text(0);
            return {};
        }));
        return text;
    }
    fakes::TestStore store_;
};

TEST_F(EntityUnitTest, TextsInIndexesAreBounded) {
    const auto pointer_of = [&](std::string_view document, const Entity* before) {
        const auto written = store_->write({}, [&](Unit& unit) -> Result<void> {
            if (before != nullptr) {
                SW_CHECK(update(unit, kThings, *before, *json::parse_object(document)));
            } else {
                SW_CHECK(insert(unit, kThings, {.id = {}, .group = "g", .document = *json::parse_object(document)}));
            }
            return {};
        });
        return written ? "fine" : written.error().faults.at(0).pointer;
    };
    const auto text = [](std::size_t size) { return '"' + std::string(size, 'x') + '"'; };
    const auto thing = add(R"({"name":"a"})");
    for (const auto* before : {static_cast<const Entity*>(nullptr), &thing}) {
        EXPECT_EQ(pointer_of(R"({"name":)" + text(1025) + "}", before), "/name");
        EXPECT_EQ(pointer_of(R"({"tags":["a",)" + text(1601) + "]}", before), "/tags");
        EXPECT_EQ(pointer_of(R"({"other":)" + text(100000) + "}", before), "fine");
    }
    EXPECT_EQ(pointer_of(R"({"name":)" + text(1024) + R"(,"tags":["a",)" + text(1600) + "]}", nullptr), "fine");
}

TEST_F(EntityUnitTest, APageEndsWhereItsBytesDo) {
    const std::string large(1U << 20, 'x');
    std::vector<std::string> made;
    for (int i = 0; i < 40; ++i) {
        // Half of it in the row, half of it kept apart.
        made.push_back(add(R"({"name":"n)" + std::to_string(i) + R"(","note":")" + large + R"(","big":")" + std::to_string(i) + large + "\"}").id);
    }
    std::vector<std::string> read;
    std::vector<std::size_t> pages;
    ListQuery query{.filter = {}, .match = {}, .sort = {"createdDate"}, .size = 1000, .cursor = {}};
    for (bool more = true; more;) {
        EXPECT_TRUE(store_->read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto page, list(sql, kThings, query, Scope::all()));
            EXPECT_EQ(page.cut, page.next.has_value());
            pages.push_back(page.items.size());
            for (const auto& item : page.items) {
                read.push_back(item.id);
                EXPECT_GT(item.document.at("big").get_string().size(), large.size());
            }
            query.cursor = page.next;
            more = page.next.has_value();
            return {};
        }));
    }
    EXPECT_EQ(read, made) << "nothing twice, nothing left out";
    EXPECT_EQ(pages, (std::vector<std::size_t>{7, 7, 7, 7, 7, 5}));
    add(R"({"name":"small"})");
    query = {.filter = parse_filter("name:small").value(), .match = {}, .sort = {}, .cursor = {}};
    EXPECT_TRUE(store_->read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto page, list(sql, kThings, query, Scope::all()));
        EXPECT_EQ(page.items.size(), 1U);
        EXPECT_FALSE(page.cut);
        return {};
    }));
}

/// Notes how many bytes of text its largest answer had.
class Weighed final : public Session {
public:
    explicit Weighed(Session& inner) : inner_{inner} {}
    Result<Rows> query(std::string_view sql, const Values& parameters) override {
        SW_TRY(auto rows, inner_.query(sql, parameters));
        std::size_t bytes = 0;
        for (const auto& row : rows) {
            for (std::size_t i = 0; i < row.size(); ++i) {
                const auto* text = std::get_if<std::string>(&row.at(i));
                bytes += text == nullptr ? 0 : text->size();
            }
        }
        largest = std::max(largest, bytes);
        return rows;
    }
    Result<std::int64_t> execute(std::string_view sql, const Values& parameters) override { return inner_.execute(sql, parameters); }
    Dialect dialect() const override { return inner_.dialect(); }
    std::size_t largest{0};

private:
    Session& inner_;
};

TEST_F(EntityUnitTest, LargeRowsBehindSmallOnesAreNotReadIntoMemoryTogether) {
    std::size_t made = 40;
    for (std::size_t i = 0; i < made; ++i) {
        add(R"({"name":"small"})");
    }
    const std::string large(3U << 20, 'x');
    for (int i = 0; i < 12; ++i, ++made) {
        add(R"({"name":"large","note":")" + large + "\"}");
    }
    std::size_t read = 0;
    ListQuery query{.filter = {}, .match = {}, .sort = {"createdDate"}, .size = 1000, .cursor = {}};
    for (bool more = true; more;) {
        ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
            Weighed weighed{sql};
            SW_TRY(const auto page, list(weighed, kThings, query, Scope::all()));
            EXPECT_LT(weighed.largest, 17U << 20);
            read += page.items.size();
            query.cursor = page.next;
            more = page.next.has_value();
            return {};
        }));
    }
    EXPECT_EQ(read, made);
}

TEST_F(EntityUnitTest, ManyRowsAreReadInPieces) {
    std::vector<std::string> made;
    for (int i = 0; i < 150; ++i) {
        made.push_back(add(R"({"name":"n"})").id);
    }
    for (const std::int64_t size : {31, 32, 33, 100, 1000}) {
        std::vector<std::string> read;
        for (std::int64_t number = 0; static_cast<std::int64_t>(read.size()) < 150; ++number) {
            EXPECT_TRUE(store_->read([&](Session& sql) -> Result<void> {
                SW_TRY(const auto page,
                       list(sql, kThings, {.filter = {}, .match = {}, .sort = {"createdDate"}, .page = number, .size = size, .cursor = {}}, Scope::all()));
                EXPECT_EQ(static_cast<std::int64_t>(page.items.size()), std::min<std::int64_t>(size, 150 - number * size)) << size;
                EXPECT_EQ(page.total, 150);
                EXPECT_FALSE(page.cut);
                EXPECT_EQ(page.next.has_value(), (number + 1) * size < 150);
                for (const auto& item : page.items) {
                    read.push_back(item.id);
                }
                return {};
            }));
        }
        EXPECT_EQ(read, made) << size;
    }
}

TEST_F(EntityUnitTest, ADocumentIsBounded) {
    const auto insert_one = [&](std::size_t bytes) {
        return store_->write({}, [&](Unit& unit) -> Result<void> {
            SW_CHECK(insert(unit, kThings, {.id = {}, .group = "g", .document = json::object{{"note", std::string(bytes, 'x')}}}));
            return {};
        });
    };
    EXPECT_TRUE(insert_one((4U << 20) - 1000));
    const auto refused = insert_one(4U << 20);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "TOO_LARGE");
}

TEST_F(EntityUnitTest, FiltersAreAsLargeAsTheDatabaseBears) {
    const auto code_of = [&](const std::vector<std::string>& filters) {
        ListQuery query;
        for (const auto& text : filters) {
            auto parsed = parse_filter(text);
            EXPECT_TRUE(parsed) << text;
            for (auto& term : parsed->terms) {
                query.filter.terms.push_back(std::move(term));
            }
        }
        const auto read = store_->read([&](Session& sql) -> Result<void> {
            SW_CHECK(list(sql, kThings, query, Scope::all()));
            return {};
        });
        return read ? "fine" : read.error().faults.empty() ? read.error().detail : read.error().faults[0].pointer;
    };
    const auto many = [](std::string text, std::string_view more, int count) {
        for (int i = 1; i < count; ++i) {
            text += more;
        }
        return text;
    };
    for (const auto* field : {"tag", "name", "started"}) {
        const std::string value = field == std::string_view{"started"} ? "7d" : "a";
        EXPECT_EQ(code_of({many(std::string{field} + ":" + value, "," + value, 50)}), "fine") << field;
        EXPECT_EQ(code_of({many(std::string{field} + ":" + value, "," + value, 51)}), "?filter") << field;
        EXPECT_EQ(code_of({many(std::string{field} + ":" + value, "," + value, 26), many("tag:b", ",b", 25)}), "?filter") << field;
    }
    EXPECT_EQ(code_of({many("tag:a", ",a", 480)}), "?filter");
    EXPECT_EQ(code_of({many("\"a", " a", 50) + "\""}), "fine");
    EXPECT_EQ(code_of({many("\"a", " a", 490) + "\"", many("\"a", " a", 490) + "\""}), "?filter");
}

TEST(EntityText, IsWhatFullSays) {
    fakes::TestStore store;
    constexpr std::array<Column, 1> columns{Column{"name", ColumnType::text, "/name", "name"}};
    const EntityTable table{"pieces", "pieces", "Piece", columns, "", {}, {}, ""};
    ASSERT_TRUE(reads_as_text(table));
    EXPECT_FALSE(reads_as_text(kThings));
    for (const auto* document : {R"({})", R"({"name":"\"ä\u0001","n":1.5,"id":"dropped","deep":{"a":[null,9007199254740993]}})"}) {
        const auto done = store->write({.subject = "a\"nn", .request_id = {}}, [&](Unit& unit) -> Result<void> {
            SW_CHECK(
                unit.sql.execute("CREATE TABLE IF NOT EXISTS pieces (row_id INTEGER PRIMARY KEY, id TEXT UNIQUE, group_name TEXT, version BIGINT, created_at "
                                 "BIGINT, modified_at BIGINT, created_by TEXT, modified_by TEXT, search_text TEXT, document TEXT, name TEXT)"));
            SW_TRY(const auto made, insert(unit, table, {.id = {}, .group = "g", .document = *json::parse_object(document)}));
            SW_TRY(const auto text, require_text(unit.sql, table, made.id, Scope::all()));
            SW_TRY(const auto parsed, require(unit.sql, table, made.id, Scope::all()));
            EXPECT_EQ(text.text, json::write(parsed.full()));
            EXPECT_EQ(text.version, 1);
            EXPECT_FALSE(require_text(unit.sql, table, made.id, Scope{.unrestricted = false, .groups = {"h"}, .owner = {}, .owner_groups = {}}));
            EXPECT_FALSE(require_text(unit.sql, table, "no id", Scope::all()));
            return {};
        });
        EXPECT_TRUE(done) << done.error().message << done.error().detail;
    }
}

TEST_F(EntityUnitTest, KeepsApartColumnsOutOfTheDocumentAndPutsThemBackInPlaceAndForm) {
    for (const std::string started : {R"("2026-11-25T19:00:04.123Z")", "1795633204123"}) {
        const auto text = R"({"status":"RUNNING","started":)" + started + R"(,"name":"n"})";
        const auto made = add(text);
        EXPECT_EQ(stored_document().find("RUNNING"), std::string::npos);
        EXPECT_EQ(stored_document().find("179563"), std::string::npos);
        ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
            SW_TRY(const auto found, require(sql, kThings, made.id, Scope::all()));
            EXPECT_EQ(json::write(found.document), text);
            return {};
        }));
    }
}

TEST_F(EntityUnitTest, NeverTrustsAStubFromOutside) {
    const std::string big(2000, 'x');
    const auto first = add(R"({"big":")" + big + R"("})");
    const auto hash = stored_document().substr(stored_document().find("$blob") + 8, 64);
    const auto thief = add(R"({"big":{"$blob":")" + hash + R"("}})");
    ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto found, require(sql, kThings, first.id, Scope::all()));
        EXPECT_EQ(json::text_of(found.document, "big"), big);
        SW_TRY(const auto stolen, require(sql, kThings, thief.id, Scope::all()));
        EXPECT_EQ(json::text_of(*json::object_of(stolen.document, "big"), "$blob"), hash);
        return {};
    }));
}

TEST_F(EntityUnitTest, MasksSecretsInTheAuditTrail) {
    add(R"({"name":"n","password":"canary-1","nested":{"apiToken":"canary-2"}})");
    ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto page, list(sql, audit_records(), {}, Scope::all()));
        EXPECT_EQ(page.items.size(), 1U);
        const auto text = json::write(page.items.at(0).document);
        EXPECT_EQ(text.find("canary"), std::string::npos);
        EXPECT_NE(text.find("\"***\""), std::string::npos);
        return {};
    }));
}

TEST_F(EntityUnitTest, NamesTheNearestFieldOfAnUnknownOne) {
    ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
        const auto page = list(sql, kThings, {.filter = *parse_filter("stauts:X")}, Scope::all());
        EXPECT_FALSE(page);
        EXPECT_EQ(page.error().faults.at(0).pointer, "?filter");
        EXPECT_NE(page.error().message.find("status"), std::string::npos);
        return {};
    }));
}

/// The session sees only SQL without any of the user's words.
class Spy final : public Session {
public:
    explicit Spy(Session& inner) : inner_{inner} {}
    Result<Rows> query(std::string_view sql, const Values& parameters) override {
        seen += sql;
        return inner_.query(sql, parameters);
    }
    Result<std::int64_t> execute(std::string_view sql, const Values& parameters) override {
        seen += sql;
        return inner_.execute(sql, parameters);
    }
    Dialect dialect() const override { return inner_.dialect(); }
    std::string seen;

private:
    Session& inner_;
};

TEST_F(EntityUnitTest, AnEmptyListIsOneQuestion) {
    const auto asked = [&](Session& sql, std::int64_t page) {
        Spy spy{sql};
        EXPECT_TRUE(list(spy, kThings, {.page = page}, Scope::all()));
        std::size_t count = 0;
        for (auto at = spy.seen.find("FROM things"); at != std::string::npos; at = spy.seen.find("FROM things", at + 1)) {
            ++count;
        }
        return count;
    };
    ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
        EXPECT_EQ(asked(sql, 0), 1U);
        EXPECT_EQ(asked(sql, 1), 2U) << "behind the end it is counted as well";
        return {};
    }));
}

TEST_F(EntityUnitTest, UserTextNeverReachesTheSql) {
    const std::string nasty = "zq9'); DROP TABLE things;--";
    for (const auto* field : {"name", "status", "id", "group", "createdBy", "tag", "tag.zq9", ""}) {
        for (const auto op : {FilterTerm::Op::equal, FilterTerm::Op::not_equal, FilterTerm::Op::less, FilterTerm::Op::greater_equal, FilterTerm::Op::contains,
                              FilterTerm::Op::text}) {
            ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
                Spy spy{sql};
                ListQuery query{.filter = {{{.field = field, .op = op, .value = nasty, .alternatives = {nasty}}}}, .match = {}, .sort = {nasty}};
                (void)list(spy, kThings, query, Scope::all());
                query.sort.clear();
                query.cursor = nasty;
                (void)list(spy, kThings, query, Scope::all());
                query.cursor.reset();
                (void)list(spy, kThings, query, {.unrestricted = false, .groups = {nasty}, .owner = nasty, .owner_groups = {nasty}});
                (void)find(spy, kThings, nasty, Scope::all());
                EXPECT_EQ(spy.seen.find("zq9"), std::string::npos) << spy.seen;
                return {};
            }));
        }
    }
}

TEST_F(EntityUnitTest, RefusesCursorsThatAreNone) {
    for (int i = 0; i < 3; ++i) {
        add(R"({"name":"n"})");
    }
    ASSERT_TRUE(store_->read([&](Session& sql) -> Result<void> {
        SW_TRY(const auto page, list(sql, kThings, {.size = 1}, Scope::all()));
        EXPECT_TRUE(page.next.has_value());
        for (const std::string cursor :
             {std::string{}, std::string{"x"}, std::string{"MVtd"}, *page.next + "A", page.next->substr(0, 5), std::string{"\xff"}}) {
            const auto refused = list(sql, kThings, {.cursor = cursor}, Scope::all());
            EXPECT_FALSE(refused) << cursor;
            if (!refused) {
                EXPECT_EQ(refused.error().faults.at(0).pointer, "?cursor");
            }
        }
        EXPECT_FALSE(list(sql, kThings, {.sort = {"name"}, .cursor = page.next}, Scope::all()));
        return {};
    }));
}

}  // namespace
}  // namespace slipway::store
