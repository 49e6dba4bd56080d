#include "grapevine/train/stratified_folds.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace grapevine::train {
namespace {

at::Tensor labels_of(std::initializer_list<std::int64_t> counts) {
  std::vector<at::Tensor> parts;
  for (const std::int64_t count : counts) {
    parts.push_back(at::full({count}, static_cast<std::int64_t>(parts.size()), at::kLong));
  }
  return at::cat(parts);
}

void expect_even(const at::Tensor& folds, std::int64_t num_folds) {
  const at::Tensor sizes = at::bincount(folds, {}, num_folds);
  EXPECT_EQ(sizes.numel(), num_folds);
  EXPECT_LE((sizes.max() - sizes.min()).item<std::int64_t>(), 1);
}

TEST(StratifiedFolds, AreEvenInAllAndInEachClass) {
  const at::Tensor labels = labels_of({663, 450, 3, 17});
  for (const std::int64_t num_folds : {2, 7, 10}) {
    const at::Tensor folds = stratified_folds(labels, num_folds, 5);
    expect_even(folds, num_folds);
    for (std::int64_t label = 0; label < 4; ++label) {
      expect_even(folds.masked_select(labels.eq(label)), num_folds);
    }
  }
}

TEST(StratifiedFolds, DependOnTheSeedAlone) {
  const at::Tensor labels = labels_of({40, 30});
  EXPECT_TRUE(stratified_folds(labels, 10, 1).equal(stratified_folds(labels, 10, 1)));
  EXPECT_FALSE(stratified_folds(labels, 10, 1).equal(stratified_folds(labels, 10, 2)));
}

TEST(StratifiedFolds, RejectBadArguments) {
  EXPECT_ERROR(stratified_folds(labels_of({3, 3}), 1), "folds", "2 or more", "1");
  EXPECT_ERROR(stratified_folds(labels_of({3, 3}), 7), "folds", "7 examples", "6");
  EXPECT_ERROR(stratified_folds(at::zeros({4}), 2), "labels", "int64");
  EXPECT_ERROR(stratified_folds({}, 2), "labels");
}

}  // namespace
}  // namespace grapevine::train
