#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grapevine/sampling/sampler.h"

namespace grapevine::dataloading::detail {

/// The frames of the edges of each relation.
[[nodiscard]] std::vector<FramePtr> edge_frames(const Graph& graph);

/// Throws `Error` for a feature that none of the frames has; `argument` is what lists the names.
void check_features(const std::vector<FramePtr>& frames, const std::vector<std::string>& names,
                    std::string_view argument);

/// A batch on its way to a device.
struct BatchOnItsWay {
  sampling::MiniBatch batch;
  std::vector<at::Tensor> tensors;   ///< its own, each once; those that `copied` is about
  std::optional<c10::Event> copied;  ///< when they are there; nothing if they are
};

/// Copies batches to a device: ids, structure and features that were gathered; other features stay
/// lazy. On the process's accelerator (CUDA) the copies are made from page-locked memory and run on
/// a stream of their own, so that neither the caller nor what computes there waits for them. On
/// other devices, and where batches have no device to go to, nothing is put off.
class DeviceCopier {
 public:
  /// Throws `Error` for a device that is not here.
  explicit DeviceCopier(std::optional<at::Device> device);

  /// Gives the batch frames of its own where `gather` is going to write into them, as a sampler may
  /// return what other batches share; then gathers the ids of edges, which go along to the device.
  void own_frames(sampling::MiniBatch& batch) const;
  /// Gathers features now, into the memory from which they will be copied, in the frames that have
  /// them. Throws `Error` as `check_features` does.
  void gather(const std::vector<FramePtr>& frames, const std::vector<std::string>& names,
              std::string_view argument) const;
  /// Begins the copies; on any thread.
  [[nodiscard]] BatchOnItsWay send(sampling::MiniBatch batch) const;
  /// The batch for the calling thread, whose current stream waits for the copies; the thread itself
  /// does not.
  [[nodiscard]] sampling::MiniBatch receive(BatchOnItsWay sent) const;

 private:
  void gather_one(Frame& frame, const std::string& name) const;
  std::optional<at::Device> device_;
  std::optional<c10::Stream> stream_;  // of the copies
};

}  // namespace grapevine::dataloading::detail
