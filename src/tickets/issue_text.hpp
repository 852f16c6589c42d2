#pragma once

#include <string>

#include "store/entity.hpp"
#include "tickets/decision.hpp"

/// What a ticket looks like in another system: pure.
namespace slipway::tickets {

/// The label by which a ticket's issue is found: the same after every crash, and of no other ticket.
std::string label_of(std::string_view ticket_id);

/// `text` in one line of at most `most` UTF-16 units, as Jira counts; what is cut ends with `…`.
std::string one_line(std::string_view text, std::size_t most);
/// How many UTF-16 units `text` has.
std::size_t utf16_length(std::string_view text);

/// The issue for a ticket, with its evidence, links, and how to decide.
/// @param public_url of this server, without a slash at the end; empty: no links to it.
IssueDraft draft_of(const store::Entity& ticket, const DecisionRules& rules, const std::string& public_url);

/// What the evidence says of assets, in one line: `Assets: documentation, schema. Missing: test data.`
std::string assets_line(const json::object& evidence);
/// What the evidence says of the test, in one line: `Job: mlc-1. Status: COMPLETE. Comparator: PASSED.`
std::string test_line(const json::object& evidence);

}  // namespace slipway::tickets
