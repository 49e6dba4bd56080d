#include "grapevine/sampling/sampler.h"

#include "grapevine/util/error.h"

namespace grapevine::sampling {

MiniBatch Sampler::sample_excluding(const Graph& /*graph*/, const NodeIds& /*seeds*/,
                                    const EdgeIds& /*excluded*/, const RandomKey& /*key*/) const {
  fail("sampler: this one cannot leave out edges; override Sampler::sample_excluding");
}

}  // namespace grapevine::sampling
