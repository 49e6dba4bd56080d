#include "grapevine/dataloading/detail/device_copy.h"

#include <ATen/DeviceAccelerator.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "grapevine/util/device.h"
#include "grapevine/util/error.h"

namespace grapevine::dataloading::detail {
namespace {

using sampling::MiniBatch;

/// A stream for copies, if the device has streams and page-locked memory.
std::optional<c10::Stream> copy_stream(at::Device device) {
  if (at::getAccelerator() != device.type()) {
    return std::nullopt;
  }
  try {
    return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
  } catch (const c10::Error&) {  // an accelerator without streams
    return std::nullopt;
  }
}

/// Copies tensors, each of them once however often the batch holds it.
class TensorMover {
 public:
  TensorMover(at::Device device, bool non_blocking)
      : device_(device), non_blocking_(non_blocking) {}

  at::Tensor operator()(const at::Tensor& tensor) {
    at::Tensor& moved = moved_[tensor.unsafeGetTensorImpl()];
    if (!moved.defined()) {
      // Page-locked copies have no gradient.
      const bool pins = non_blocking_ && tensor.is_cpu() && tensor.layout() == at::kStrided &&
                        tensor.numel() > 0 && !tensor.requires_grad();
      moved = (pins ? tensor.pin_memory() : tensor).to(device_, tensor.scalar_type(), pins);
      sources_.push_back(tensor);
    }
    return moved;
  }

  NodeIds operator()(const NodeIds& ids) {
    NodeIds::Map moved;
    for (const auto& [type, tensor] : ids.map()) {
      moved[type] = (*this)(tensor);
    }
    return NodeIds(std::move(moved));
  }

  [[nodiscard]] std::vector<at::Tensor> moved() const {
    std::vector<at::Tensor> result;
    for (const auto& [source, tensor] : moved_) {
      result.push_back(tensor);
    }
    return result;
  }

 private:
  at::Device device_;
  bool non_blocking_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> moved_;
  std::vector<at::Tensor> sources_;  // alive, so that no other tensor gets their address
};

}  // namespace

std::vector<FramePtr> edge_frames(const Graph& graph) {
  std::vector<FramePtr> frames;
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    frames.push_back(relation.frame);
  }
  return frames;
}

void check_features(const std::vector<FramePtr>& frames, const std::vector<std::string>& names,
                    std::string_view argument) {
  for (const std::string& name : names) {
    check(std::any_of(frames.begin(), frames.end(),
                      [&](const FramePtr& frame) { return frame->contains(name); }),
          "{}: no {} has a feature \"{}\"", argument,
          frames.empty() ? "node type or relation" : frames.front()->entity() + " type", name);
  }
}

DeviceCopier::DeviceCopier(std::optional<at::Device> device) {
  if (device) {
    device_ = complete_device(*device);
    stream_ = copy_stream(*device_);
  }
}

void DeviceCopier::own_frames(MiniBatch& batch) const {
  if (!stream_) {
    return;
  }
  for (Graph& block : batch.blocks) {
    block = block.clone();
    for (const FramePtr& frame : edge_frames(block)) {
      if (frame->contains(EID)) {
        gather_one(*frame, EID);
      }
    }
  }
}

void DeviceCopier::gather(const std::vector<FramePtr>& frames,
                          const std::vector<std::string>& names, std::string_view argument) const {
  check_features(frames, names, argument);
  for (const std::string& name : names) {
    for (const FramePtr& frame : frames) {
      if (frame->contains(name)) {
        gather_one(*frame, name);
      }
    }
  }
}

void DeviceCopier::gather_one(Frame& frame, const std::string& name) const {
  if (!stream_) {
    static_cast<void>(frame.get(name));
    return;
  }
  frame.add_column(name, std::make_shared<Column>(frame.columns().at(name)->page_locked_data()));
}

BatchOnItsWay DeviceCopier::send(MiniBatch batch) const {
  if (!device_) {
    return {std::move(batch), {}, std::nullopt};
  }
  std::optional<c10::StreamGuard> guard;
  if (stream_) {
    guard.emplace(*stream_);
  }
  TensorMover mover(*device_, stream_.has_value());
  MiniBatch moved{.input_nodes = mover(batch.input_nodes),
                  .output_nodes = mover(batch.output_nodes)};
  for (const Graph& block : batch.blocks) {
    moved.blocks.push_back(block.to(*device_, std::ref(mover)));
  }
  if (!stream_) {
    return {std::move(moved), {}, std::nullopt};
  }
  BatchOnItsWay sent{std::move(moved), mover.moved(), c10::Event(device_->type())};
  sent.copied->record(*stream_);
  return sent;
}

MiniBatch DeviceCopier::receive(BatchOnItsWay sent) const {
  if (sent.copied) {
    const c10::Stream current = c10::impl::VirtualGuardImpl(device_->type()).getStream(*device_);
    sent.copied->block(current);
    // The memory belongs to the stream of the copies; it must not go back to it while the reader's
    // stream still works with it.
    for (const at::Tensor& tensor : sent.tensors) {
      tensor.record_stream(current);
    }
  }
  return std::move(sent.batch);
}

}  // namespace grapevine::dataloading::detail
