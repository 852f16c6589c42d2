#include "identity/tables.hpp"

#include <array>

namespace slipway::identity {

namespace {

using store::Column;
using store::ColumnType;

constexpr std::array kUserColumns{
    Column{.name = "name", .type = ColumnType::text, .pointer = "/username", .filter = "username"},
    Column{.name = "admin", .type = ColumnType::boolean, .pointer = "/admin", .filter = "admin"},
    Column{.name = "disabled", .type = ColumnType::boolean, .pointer = "/disabled", .filter = "disabled"},
    Column{.name = "last_sign_in", .type = ColumnType::time, .pointer = "/lastSignIn", .filter = "lastSignIn", .apart = true},
};
constexpr std::array kClientColumns{
    Column{.name = "name", .type = ColumnType::text, .pointer = "/clientId", .filter = "clientId"},
    Column{.name = "admin", .type = ColumnType::boolean, .pointer = "/admin", .filter = "admin"},
    Column{.name = "disabled", .type = ColumnType::boolean, .pointer = "/disabled", .filter = "disabled"},
    Column{.name = "last_sign_in", .type = ColumnType::time, .pointer = "/lastSignIn", .filter = "lastSignIn", .apart = true},
};
constexpr std::array<std::string_view, 1> kUserSearch{"/username"};
constexpr std::array<std::string_view, 1> kClientSearch{"/clientId"};

}  // namespace

const store::EntityTable& users_table() {
    static const store::EntityTable table{.table = "users",
                                          .collection = "users",
                                          .type = "User",
                                          .columns = kUserColumns,
                                          .tags = "",
                                          .search = kUserSearch,
                                          .detached = {},
                                          .stored_model = ""};
    return table;
}

const store::EntityTable& clients_table() {
    static const store::EntityTable table{.table = "clients",
                                          .collection = "clients",
                                          .type = "Client",
                                          .columns = kClientColumns,
                                          .tags = "",
                                          .search = kClientSearch,
                                          .detached = {},
                                          .stored_model = ""};
    return table;
}

}  // namespace slipway::identity
