#pragma once

#include <string>

#include "domain/notification.hpp"
#include "store/entity.hpp"

namespace slipway::registry {

/// Writes a notification of the service. While one of the same group and `key` is open no second one is made: a finding is said once, in the words of its
/// last time.
/// @param key may be empty: then it is always written.
Result<void> notify(store::Unit& unit, const std::string& group, domain::Notification notification, const std::string& key);

/// As notify(), where it was said before: what is still open is brought up to date; one that a person has closed is not said again.
Result<void> say_on(store::Unit& unit, const std::string& group, const domain::Notification& notification, const std::string& key);

/// Closes the open notification of that key, when there is one, as `settled`: what it said is no longer so.
Result<void> settle(store::Unit& unit, const std::string& group, const std::string& key);

}  // namespace slipway::registry
