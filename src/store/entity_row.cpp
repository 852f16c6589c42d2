#include "store/entity_row.hpp"

#include <array>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <map>
#include <unordered_set>

#include "base/crypto.hpp"
#include "store/pointer.hpp"
#include "store/sql_text.hpp"

namespace slipway::store {

namespace {

constexpr std::array<std::string_view, 7> kEnvelope{"id", "group", "version", "createdDate", "lastModifiedDate", "createdBy", "lastModifiedBy"};
constexpr std::size_t kFirstColumn = 9;  ///< of the table's own ones in select_from()
constexpr std::size_t kDetachAbove = 1024;
constexpr std::string_view kStub = "$blob";

Value integer_of(const json::value& v) {
    if (v.is_int64()) {
        return v.get_int64();
    }
    if (v.is_double() && std::trunc(v.get_double()) == v.get_double() && std::abs(v.get_double()) < 9e18) {
        return static_cast<std::int64_t>(v.get_double());
    }
    return std::monostate{};
}

Value time_of(const json::value& v) {
    if (v.is_string()) {
        const auto time = from_iso(std::string_view{v.get_string()});
        return time ? to_value(*time) : Value{};
    }
    return integer_of(v);
}

/// What the column holds for a value of the document; NULL for one of another type.
Value column_value(ColumnType type, const json::value* v) {
    if (v == nullptr) {
        return std::monostate{};
    }
    switch (type) {
        case ColumnType::text: return v->is_string() ? Value{std::string{v->get_string()}} : Value{};
        case ColumnType::integer: return integer_of(*v);
        case ColumnType::real: return v->is_number() ? Value{v->to_number<double>()} : Value{};
        case ColumnType::boolean: return v->is_bool() ? Value{std::int64_t{v->get_bool()}} : Value{};
        case ColumnType::time: return time_of(*v);
    }
    return std::monostate{};
}

/// Stands in the document for a value that is in its column: keeps the member's place, and of a time its form.
json::value placeholder(const Column& column, const json::value& v) {
    if (column.type == ColumnType::time) {
        return v.is_string() ? json::value("") : json::value(0);
    }
    return nullptr;
}

json::value document_value(const Column& column, const Value& stored, const json::value* place) {
    if (const auto* text = std::get_if<std::string>(&stored)) {
        return json::value(*text);
    }
    if (const auto* real = std::get_if<double>(&stored)) {
        return *real;
    }
    const auto number = std::get<std::int64_t>(stored);
    switch (column.type) {
        case ColumnType::boolean: return number != 0;
        case ColumnType::real: return static_cast<double>(number);
        case ColumnType::time: return place != nullptr && place->is_int64() ? json::value(number) : json::value(to_iso(from_epoch_ms(number)));
        default: return number;
    }
}

bool is_stub(const json::value& v) {
    return v.is_object() && v.get_object().contains(kStub);
}

/// Replaces large members by their hashes; `keep` sees hash and bytes.
void detach(const EntityTable& table, json::value& root, const std::function<void(std::string, std::string)>& keep) {
    for (const auto pointer : table.detached) {
        visit(root, pointer, [&](json::value& member) {
            auto bytes = json::write(member);
            // What looks like one of our stubs is always detached, so that nobody reads another's blob by its hash.
            if (bytes.size() <= kDetachAbove && !is_stub(member)) {
                return;
            }
            auto hash = crypto::sha256_hex(bytes);
            member = json::object{{kStub, hash}};
            keep(std::move(hash), std::move(bytes));
        });
    }
}

void take_apart(const EntityTable& table, json::value& root) {
    for (const auto& column : table.columns) {
        if (!column.apart) {
            continue;
        }
        visit(root, column.pointer, [&](json::value& member) {
            if (!std::holds_alternative<std::monostate>(column_value(column.type, &member))) {
                member = placeholder(column, member);
            }
        });
    }
}

void add_words(std::string& out, const json::value& v) {
    if (v.is_string()) {
        out += fold(v.get_string());
        out += '\n';
    } else if (v.is_array()) {
        for (const auto& item : v.get_array()) {
            add_words(out, item);
        }
    }
}

}  // namespace

std::string fold(std::string_view text) {
    std::string out{text};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        if (c >= 'A' && c <= 'Z') {
            out[i] = static_cast<char>(c + 0x20);
        } else if (c == 0) {
            out[i] = ' ';
        } else if (c == 0xC3 && i + 1 < out.size()) {
            const auto next = static_cast<unsigned char>(out[++i]);
            if (next >= 0x80 && next <= 0x9E && next != 0x97) {  // À…Þ without ×
                out[i] = static_cast<char>(next + 0x20);
            }
        }
    }
    return out;
}

void strip_envelope(json::object& document) {
    for (const auto name : kEnvelope) {
        if (const auto found = document.find(name); found != document.end()) {
            document.stable_erase(found);  // erase() would move the last member into the gap
        }
    }
}

StoredForm to_stored(const EntityTable& table, json::object document) {
    static const json::array kNone;
    StoredForm out;
    json::value root(std::move(document));
    for (const auto& column : table.columns) {
        out.columns.push_back(column_value(column.type, json::find(root, column.pointer)));
    }
    for (const auto pointer : table.search) {
        visit(root, pointer, [&](json::value& v) { add_words(out.search_text, v); });
    }
    if (!table.tags.empty()) {
        const auto* tags = json::find(root, table.tags);
        std::unordered_set<std::string_view> seen;
        for (const auto& tag : tags != nullptr && tags->is_array() ? tags->get_array() : kNone) {
            if (tag.is_string() && seen.insert(tag.get_string()).second) {
                out.tags.emplace_back(tag.get_string());
                add_words(out.search_text, tag);
            }
        }
    }
    take_apart(table, root);
    detach(table, root, [&](std::string hash, std::string bytes) { out.blobs.emplace_back(std::move(hash), std::move(bytes)); });
    out.document = std::move(root.get_object());
    return out;
}

Result<std::string> document_text(const StoredForm& form) {
    auto text = json::write(form.document);
    if (text.size() > kMostDocumentBytes) {
        return fail(
            ErrorCode::invalid_argument, "TOO_LARGE",
            fmt::format("The document has {} bytes without the content of its files; at most {} are kept. Put what is large into an asset of type FILE, or "
                        "into a store that fileUrl names.",
                        text.size(), kMostDocumentBytes));
    }
    return text;
}

Result<void> check_lengths(const EntityTable& table, const StoredForm& form) {
    constexpr std::size_t kLongestText = 1024;
    constexpr std::size_t kLongestTag = 1600;  // a tag of AWS is key=value of up to 384 characters
    for (std::size_t i = 0; i < form.columns.size(); ++i) {
        const auto* text = std::get_if<std::string>(&form.columns[i]);
        if (text != nullptr && text->size() > kLongestText) {
            return invalid(std::string{table.columns[i].pointer}, fmt::format("a text of at most {} bytes", kLongestText),
                           fmt::format("{} bytes", text->size()));
        }
    }
    for (const auto& tag : form.tags) {
        if (tag.size() > kLongestTag) {
            return invalid(std::string{table.tags}, fmt::format("tags of at most {} bytes", kLongestTag), fmt::format("one of {} bytes", tag.size()));
        }
    }
    return {};
}

json::object without_apart(const EntityTable& table, json::object document) {
    json::value root(std::move(document));
    take_apart(table, root);
    return std::move(root.get_object());
}

json::object for_audit(const EntityTable& table, json::object document) {
    json::value root(std::move(document));
    detach(table, root, [](const std::string&, const std::string&) {});
    return std::move(root.get_object());
}

std::string select_from(const EntityTable& table) {
    std::string sql = "SELECT row_id, id, group_name, version, created_at, modified_at, created_by, modified_by, document";
    for (const auto& column : table.columns) {
        if (column.apart) {
            sql += ", ";
            sql += column.name;
        }
    }
    sql += " FROM ";
    sql += table.table;
    return sql;
}

Result<Entity> from_row(const EntityTable& table, const Row& row) {
    auto document = json::parse_object(row.text(8), {.max_bytes = std::numeric_limits<std::size_t>::max(), .max_depth = 256});
    if (!document) {
        return fail(ErrorCode::internal, "INTERNAL", "A stored document is damaged.", std::string{table.table} + " " + row.text(1));
    }
    json::value root(std::move(*document));
    std::size_t index = kFirstColumn;
    for (const auto& column : table.columns) {
        if (column.apart) {
            const auto& stored = row.at(index++);
            if (!std::holds_alternative<std::monostate>(stored)) {
                put(root, column.pointer, document_value(column, stored, json::find(root, column.pointer)));
            }
        }
    }
    return Entity{.row_id = row.integer(0),
                  .id = row.text(1),
                  .group = row.text(2),
                  .version = row.integer(3),
                  .created = row.time(4),
                  .modified = row.time(5),
                  .created_by = row.text(6),
                  .modified_by = row.text(7),
                  .document = std::move(root.get_object())};
}

std::string text_of_row(const Row& row) {
    const std::string_view document = row.text(8);
    std::string out;
    out.reserve(document.size() + 512);
    const auto add = [&](std::string_view name, std::string_view value) {
        out += name;
        json::write_string_to(out, value);
    };
    add(R"({"id":)", row.text(1));
    add(R"(,"group":)", row.text(2));
    out += R"(,"version":)";
    out += std::to_string(row.integer(3));
    add(R"(,"createdDate":)", to_iso(row.time(4)));
    add(R"(,"lastModifiedDate":)", to_iso(row.time(5)));
    add(R"(,"createdBy":)", row.text(6));
    add(R"(,"lastModifiedBy":)", row.text(7));
    if (document.size() > 2) {
        out += ',';
    }
    out += document.substr(1);
    return out;
}

Result<std::vector<std::size_t>> attached_bytes(Session& sql, const EntityTable& table, std::span<const Entity> entities) {
    std::vector<std::size_t> sizes(entities.size(), 0);
    std::map<std::string, std::vector<std::size_t>, std::less<>> users;
    for (std::size_t i = 0; i < entities.size(); ++i) {
        for (const auto pointer : table.detached) {
            const auto* member = entities[i].document.if_contains(pointer.substr(1));  // all of them are of the first level
            if (member != nullptr && is_stub(*member)) {
                users[std::string{json::text_of(member->get_object(), kStub)}].push_back(i);
            }
        }
    }
    if (users.empty()) {
        return sizes;
    }
    std::vector<std::string> hashes;
    hashes.reserve(users.size());
    for (const auto& [hash, by] : users) {
        hashes.push_back(hash);
    }
    SqlText text;
    text.text("SELECT hash, length(bytes) FROM blobs WHERE hash IN (").bind_all(hashes).text(")");
    SW_TRY(const auto rows, text.query(sql));
    for (const auto& row : rows) {
        for (const auto user : users[row.text(0)]) {
            sizes[user] += static_cast<std::size_t>(row.integer(1));
        }
    }
    return sizes;
}

Result<void> attach(Session& sql, const EntityTable& table, std::span<Entity> entities) {
    std::map<std::string, std::vector<json::value*>, std::less<>> places;
    std::vector<json::value> roots;
    roots.reserve(table.detached.empty() ? 0 : entities.size());
    for (auto& entity : table.detached.empty() ? std::span<Entity>{} : entities) {
        auto& root = roots.emplace_back(std::move(entity.document));
        for (const auto pointer : table.detached) {
            visit(root, pointer, [&](json::value& member) {
                if (is_stub(member)) {
                    places[std::string{json::text_of(member.get_object(), kStub)}].push_back(&member);
                }
            });
        }
    }
    if (!places.empty()) {
        std::vector<std::string> hashes;
        hashes.reserve(places.size());
        for (const auto& [hash, members] : places) {
            hashes.push_back(hash);
        }
        SqlText text;
        text.text("SELECT hash, bytes FROM blobs WHERE hash IN (").bind_all(hashes).text(")");
        SW_TRY(const auto rows, text.query(sql));
        for (const auto& row : rows) {
            SW_TRY(const auto value, json::parse(row.blob(1), {.max_bytes = std::numeric_limits<std::size_t>::max(), .max_depth = 256}));
            for (auto* member : places[row.text(0)]) {
                *member = value;
            }
        }
        if (rows.size() != places.size()) {
            return fail(ErrorCode::internal, "INTERNAL", "A part of a stored document is missing.", std::string{table.table});
        }
    }
    for (std::size_t i = 0; i < roots.size(); ++i) {
        entities[i].document = std::move(roots[i].get_object());
    }
    return {};
}

std::string text_at(const json::object& document, std::string_view pointer) {
    const json::value* at = nullptr;
    // A view of the object as a value would copy it; the first token is looked up by hand.
    const auto end = pointer.find('/', 1);
    if (pointer.empty()) {
        return {};
    }
    at = document.if_contains(unescape(pointer.substr(1, end == std::string_view::npos ? end : end - 1)));
    if (at != nullptr && end != std::string_view::npos) {
        at = json::find(*at, pointer.substr(end));
    }
    return at != nullptr && at->is_string() ? std::string{at->get_string()} : std::string{};
}

}  // namespace slipway::store
