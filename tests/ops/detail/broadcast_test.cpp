#include "grapevine/ops/detail/broadcast.h"

#include <gtest/gtest.h>

namespace grapevine::ops::detail {
namespace {

TEST(BroadcastPlan, EqualShapesAreOneRun) {
  const BroadcastPlan plan({{2, 3, 4}, {2, 3, 4}, {2, 3, 4}});
  EXPECT_EQ(plan.blocks().num_blocks, 1);
  EXPECT_EQ(plan.blocks().width, 24);
  EXPECT_TRUE(plan.unique_outputs());
}

TEST(BroadcastPlan, AScalarForEachHeadIsOneRunAHead) {
  const BroadcastPlan plan({{2, 1}, {2, 5}, {2, 5}});
  const FeatureBlocks blocks = plan.blocks();
  EXPECT_TRUE(plan.swapped());
  EXPECT_EQ(blocks.num_blocks, 2);
  EXPECT_EQ(blocks.width, 5);
  EXPECT_EQ(blocks.lhs_step, 1);
  EXPECT_EQ(blocks.rhs_step, 0);
  EXPECT_EQ(blocks.lhs_offsets[1], 5);
  EXPECT_EQ(blocks.rhs_offsets[1], 1);
}

TEST(BroadcastPlan, SumsOverOuterDimensionsMeetInOneOutput) {
  const BroadcastPlan plan({{2, 5}, {2, 5}, {1, 5}});
  EXPECT_FALSE(plan.unique_outputs());
  EXPECT_EQ(plan.blocks().num_blocks, 2);
  EXPECT_EQ(plan.blocks().out_offsets[1], 0);
}

TEST(BroadcastPlan, ASumOverTheLastDimensionStandsStill) {
  const BroadcastPlan plan({{2, 5}, {2, 5}, {2, 1}});
  EXPECT_TRUE(plan.unique_outputs());
  EXPECT_EQ(plan.blocks().out_step, 0);
  EXPECT_EQ(plan.blocks().width, 5);
}

TEST(BroadcastPlan, ShapesThatDoNotFitGiveNothing) {
  EXPECT_FALSE(broadcast({2, 3}, {2}).has_value());
  EXPECT_EQ(broadcast({2, 1}, {3}).value(), (Shape{2, 3}));
  EXPECT_EQ(broadcast({}, {3}).value(), (Shape{3}));
}

}  // namespace
}  // namespace grapevine::ops::detail
