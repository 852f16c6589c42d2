#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "tickets/ticket_system.hpp"

/// Plain blocks as Jira writes text: pure. What is too long is cut, and its end says where the rest is.
namespace slipway::jira {

/// What Jira takes of one text, in UTF-16 units.
inline constexpr std::size_t kLongestText = 32'767;

/// Atlassian Document Format, `{type: doc, version: 1, content: […]}`.
json::object to_document(const std::vector<tickets::TextBlock>& blocks, const std::string& whole_text, std::size_t most = kLongestText);
json::object to_document(std::string_view paragraph);

/// Wiki markup; words that mean something there are escaped.
std::string to_wiki(const std::vector<tickets::TextBlock>& blocks, const std::string& whole_text, std::size_t most = kLongestText);
std::string to_wiki(std::string_view paragraph);

/// The words of a document or of wiki markup, without marks: for looking something up.
std::string words_of(const json::value& text);

}  // namespace slipway::jira
