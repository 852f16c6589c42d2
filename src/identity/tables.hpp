#pragma once

#include "store/entity.hpp"

/// How people and machines are stored. Secrets are in tables of their own (db/migrations/0002_identity.sql), never in a document.
namespace slipway::identity {

const store::EntityTable& users_table();    ///< columns: name, admin, disabled, last_sign_in (apart)
const store::EntityTable& clients_table();  ///< columns: name, admin, disabled, last_sign_in (apart)

}  // namespace slipway::identity
