#pragma once

#include <string>
#include <string_view>

#include "adapters/bpmn/findings.hpp"
#include "adapters/bpmn/xml.hpp"

namespace slipway::bpmn {

/// Names the extensions of `element` that are known but do nothing here, as warnings, or change what would run, as faults. Unknown ones are left alone.
void check_extensions(const XmlElement& element, Findings& findings);

/// Names attributes of BPMN itself that would change what runs and are not run here.
void check_bpmn_attributes(const XmlElement& element, Findings& findings);

/// The topic of a delegate of the vendor's files: `modelop.GetJob` for `com.modelop.mlc.delegate.modelop.GetJob`, for `${getJob}` and for `GetJob`.
/// Empty for what is none of the list (reference/product.md 4.4).
std::string topic_of_class(std::string_view java_class);
std::string topic_of_bean(std::string_view expression);

/// What to say of a delegate that is not known: near names, or what to use instead.
std::string delegate_advice(std::string_view name);

}  // namespace slipway::bpmn
