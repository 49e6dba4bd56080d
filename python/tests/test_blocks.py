"""Blocks, subgraphs, and graphs with other edges, each against an explicit computation."""

import pytest
import torch

import grapevine as dgl
import grapevine.function as fn


@pytest.fixture
def g():
    torch.manual_seed(0)
    g = dgl.graph((torch.randint(30, (200,)), torch.randint(30, (200,))), num_nodes=30)
    g.ndata["x"] = torch.rand(30, 4)
    g.edata["w"] = torch.rand(200)
    return g


def ends(g):
    return list(zip(*(x.tolist() for x in g.edges())))


def test_block_computes_what_the_graph_does(g):
    seeds = torch.tensor([7, 3, 21])
    frontier = dgl.in_subgraph(g, seeds)
    block = dgl.to_block(frontier, seeds)
    assert block.is_block and not block.is_homogeneous
    assert block.dstdata[dgl.NID].tolist() == [7, 3, 21]
    assert block.srcdata[dgl.NID][:3].tolist() == [7, 3, 21]
    assert torch.equal(block.srcdata["x"], g.ndata["x"][block.srcdata[dgl.NID]])
    assert block.number_of_dst_nodes() == 3
    assert block.in_degrees().tolist() == g.in_degrees(seeds).tolist()
    block.update_all(fn.copy_u("x", "m"), fn.mean("m", "o"))
    g.update_all(fn.copy_u("x", "m"), fn.mean("m", "o"))
    assert torch.allclose(block.dstdata["o"], g.ndata["o"][seeds])
    assert block.ntypes == ["_N", "_N"]
    block.srcdata["y"] = torch.rand(block.num_src_nodes(), 2)
    assert "y" not in block.dstdata


def test_block_of_several_types_and_its_sides():
    g = dgl.heterograph({("a", "x", "b"): ([0, 1], [1, 1]), ("b", "y", "b"): ([0, 1], [1, 0])})
    block = dgl.to_block(g, {"b": [1, 0]})
    assert block.num_src_nodes("a") == 2
    assert block.num_dst_nodes("a") == 0
    assert block.num_nodes("DST/b") == 2
    assert block.nodes["SRC/b"].data[dgl.NID].tolist() == [1, 0]
    graph = dgl.block_to_graph(block)
    assert graph.ntypes == ["a_dst", "a_src", "b_dst", "b_src"]
    assert graph.num_edges(("a_src", "x", "b_dst")) == 2
    with pytest.raises(dgl.DGLError):
        dgl.batch([block])
    with pytest.raises(dgl.DGLError):
        block.subgraph([0])
    with pytest.raises(dgl.DGLError):
        dgl.reverse(block)


def test_block_with_given_sources(g):
    frontier = dgl.in_subgraph(g, [0, 1])
    plain = dgl.to_block(frontier, [0, 1])
    sources = torch.cat([torch.tensor([0, 1]), torch.arange(29, 1, -1)])
    block = dgl.to_block(frontier, [0, 1], src_nodes=sources)
    assert torch.equal(block.srcdata[dgl.NID], sources)
    original = {}
    for name, b in (("plain", plain), ("given", block)):
        src, dst = b.edges()
        original[name] = sorted(zip(b.srcdata[dgl.NID][src].tolist(), dst.tolist()))
    assert original["plain"] == original["given"]
    with pytest.raises(dgl.DGLError):
        dgl.to_block(frontier, [0, 1], src_nodes=[1, 0])


def test_missing_destinations_are_an_error(g):
    with pytest.raises(dgl.DGLError):
        dgl.to_block(g, [0])


@pytest.mark.parametrize("nodes", [[4, 2, 9, 11], None], ids=["ids", "mask"])
def test_node_subgraph(g, nodes):
    mask = torch.zeros(30, dtype=torch.bool)
    mask[[4, 2, 9, 11]] = True
    sub = g.subgraph(mask if nodes is None else nodes)
    kept = mask.nonzero().flatten().tolist() if nodes is None else nodes
    assert sub.ndata[dgl.NID].tolist() == kept
    inside = {i for i, (u, v) in enumerate(ends(g)) if u in kept and v in kept}
    assert set(sub.edata[dgl.EID].tolist()) == inside
    for (u, v), eid in zip(ends(sub), sub.edata[dgl.EID].tolist()):
        assert (kept[u], kept[v]) == ends(g)[eid]
    assert torch.equal(sub.edata["w"], g.edata["w"][sub.edata[dgl.EID]])
    whole = g.subgraph([1, 2], relabel_nodes=False)
    assert whole.num_nodes() == 30 and dgl.NID not in whole.ndata


def test_edge_subgraph(g):
    sub = dgl.edge_subgraph(g, [5, 17, 5])
    u, v = g.find_edges([5, 17])
    order = list(dict.fromkeys([*u.tolist(), *v.tolist()]))
    assert sub.ndata[dgl.NID].tolist() == order
    assert sub.edata[dgl.EID].tolist() == [5, 17, 5]
    mask = torch.zeros(200, dtype=torch.bool)
    mask[[17, 5]] = True
    assert g.edge_subgraph(mask, relabel_nodes=False).edata[dgl.EID].tolist() == [5, 17]


def test_neighbourhoods(g):
    assert sorted(g.in_subgraph([3]).edata[dgl.EID].tolist()) == sorted(
        g.in_edges(3, form="eid").tolist()
    )
    assert sorted(g.out_subgraph([3]).edata[dgl.EID].tolist()) == sorted(
        g.out_edges(3, form="eid").tolist()
    )
    near = {3}
    for _ in range(2):
        near |= {u for u, v in ends(g) if v in near}
    sub, where = dgl.khop_in_subgraph(g, 3, 2)
    assert sub.ndata[dgl.NID].tolist() == sorted(near)
    assert sub.ndata[dgl.NID][where].tolist() == [3]
    far = {3} | {v for u, v in ends(g) if u == 3}
    assert g.khop_out_subgraph([3], 1)[0].ndata[dgl.NID].tolist() == sorted(far)


def test_type_subgraphs_share_features():
    g = dgl.heterograph({("a", "x", "b"): ([0], [1]), ("b", "y", "b"): ([0], [0])})
    sub = g.edge_type_subgraph(["x"])
    assert sub.ntypes == ["a", "b"] and sub.etypes == ["x"]
    sub.nodes["b"].data["h"] = torch.ones(2)
    assert g.nodes["b"].data["h"].tolist() == [1, 1]
    assert g.node_type_subgraph(["b"]).etypes == ["y"]
    with pytest.raises(dgl.DGLError):
        g.node_type_subgraph(["a"])


def test_reverse_edges_and_loops(g):
    both = dgl.add_reverse_edges(g, copy_edata=True)
    extra = [(v, u) for u, v in ends(g) if u != v]
    assert ends(both) == ends(g) + extra
    assert torch.equal(both.edata["w"], g.edata["w"][both.edata[dgl.EID]])
    assert len(ends(dgl.add_reverse_edges(g, exclude_self=False))) == 400
    loops = dgl.add_self_loop(g, fill_data="mean")
    assert ends(loops) == ends(g) + [(i, i) for i in range(30)]
    g.update_all(fn.copy_e("w", "m"), fn.mean("m", "mean"))
    assert torch.allclose(loops.edata["w"][200:], g.ndata["mean"])
    assert all(u != v for u, v in ends(g.remove_self_loop()))
    reverse = g.reverse(copy_edata=True)
    assert ends(reverse) == [(v, u) for u, v in ends(g)]
    assert torch.equal(reverse.edata["w"], g.edata["w"])
    bipartite = dgl.heterograph({("a", "x", "b"): ([0], [1])})
    with pytest.raises(AssertionError):
        dgl.add_reverse_edges(bipartite)
    with pytest.raises(dgl.DGLError):
        dgl.add_self_loop(bipartite)
    assert dgl.reverse(bipartite).canonical_etypes == [("b", "x", "a")]


def test_simple_and_bidirected(g):
    simple, mapping = dgl.to_simple(g, writeback_mapping=True, copy_edata=True, aggregator="sum")
    pairs = sorted(set(ends(g)))
    assert ends(simple) == pairs
    assert [pairs[i] for i in mapping.tolist()] == ends(g)
    total = torch.zeros(len(pairs)).index_add(0, mapping, g.edata["w"])
    assert torch.allclose(simple.edata["w"], total)
    assert int(simple.edata["count"].sum()) == 200
    both = dgl.to_bidirected(g)
    assert ends(both) == sorted(set(ends(g)) | {(v, u) for u, v in ends(g)})


def test_line_graph():
    g = dgl.graph(([0, 1, 2, 1], [1, 2, 0, 0]))
    pairs = {
        (i, j) for i, (_, v) in enumerate(ends(g)) for j, (u, _) in enumerate(ends(g))
        if v == u and i != j
    }  # fmt: skip
    assert set(ends(g.line_graph())) == pairs
    back = {(i, j) for i, j in pairs if ends(g)[i] != ends(g)[j][::-1]}
    assert set(ends(dgl.line_graph(g, backtracking=False))) == back


def test_walks_and_paths(g):
    adjacency = torch.zeros(30, 30)
    adjacency.index_put_(g.edges(), torch.ones(200), accumulate=True)
    for k in range(4):
        power = torch.linalg.matrix_power(adjacency, k)
        assert torch.equal(dgl.khop_adj(g, k), power)
        assert dgl.khop_graph(g, k).num_edges() == int(power.sum())
    steps = dgl.shortest_dist(g, root=0)
    reach, seen = {0}, {0: 0}
    for distance in range(1, 30):
        reach = {v for u, v in ends(g) if u in reach} - set(seen)
        seen.update(dict.fromkeys(reach, distance))
    assert steps.tolist() == [seen.get(i, -1) for i in range(30)]
    steps, paths = dgl.shortest_dist(g, return_paths=True)
    for i, j in ((0, 5), (3, 9)):
        way = [ends(g)[e] for e in paths[i, j].tolist() if e >= 0]
        assert len(way) == int(steps[i, j])
        assert not way or (way[0][0], way[-1][1]) == (i, j)
        assert all(a[1] == b[0] for a, b in zip(way, way[1:]))


def test_products_and_sums_of_adjacency_matrices():
    a = dgl.graph(([0, 1, 2, 1], [1, 2, 0, 0]))
    b = dgl.graph(([1, 2, 0], [0, 1, 1]), num_nodes=3)

    def matrix(g):
        return torch.zeros(3, 3).index_put(g.edges(), g.edata["w"], accumulate=True)

    a.edata["w"] = torch.rand(4, requires_grad=True)
    b.edata["w"] = torch.rand(3, requires_grad=True)
    product = dgl.adj_product_graph(a, b, "w")
    assert torch.allclose(matrix(product), matrix(a) @ matrix(b))
    total = dgl.adj_sum_graph([a, b], "w")
    assert torch.allclose(matrix(total), matrix(a) + matrix(b))
    product.edata["w"].sum().backward()
    assert a.edata["w"].grad is not None


def test_norm_compact_and_homogeneous(g):
    degree = torch.bincount(g.edges()[1], minlength=30)
    assert torch.allclose(dgl.norm_by_dst(g), 1 / degree[g.edges()[1]].float())
    small = dgl.compact_graphs(dgl.graph(([5, 1, 4], [3, 2, 5]), num_nodes=9))
    assert small.ndata[dgl.NID].tolist() == [5, 1, 4, 3, 2]
    hetero = dgl.heterograph({("u", "b", "v"): ([0, 1], [1, 0]), ("v", "a", "v"): ([1], [0])})
    hetero.ndata["x"] = {"u": torch.ones(2), "v": torch.zeros(2)}
    one = dgl.to_homogeneous(hetero, ndata=["x"])
    assert one.ndata["x"].tolist() == [1, 1, 0, 0]
    assert one.ndata[dgl.NTYPE].tolist() == [0, 0, 1, 1]
    assert ends(one) == [(0, 3), (1, 2), (3, 2)]
    again = dgl.to_heterogeneous(one, hetero.ntypes, hetero.etypes)
    assert again.canonical_etypes == hetero.canonical_etypes
    assert ends(again["b"]) == [(0, 1), (1, 0)]
    turned = dgl.to_homogeneous(dgl.reverse(hetero))
    assert turned.edata[dgl.ETYPE].tolist() == [0, 0, 1]
    with pytest.raises(KeyError):
        hetero.nodes["u"].data["y"] = torch.ones(2)
        dgl.to_homogeneous(hetero, ndata=["y"])


def test_points(g):
    points = torch.rand(2, 10, 3)
    near = dgl.knn_graph(points, 3, exclude_self=True)
    assert near.batch_num_nodes().tolist() == [10, 10]
    assert near.in_degrees().tolist() == [3] * 20
    distance = torch.cdist(points[1], points[1]).fill_diagonal_(9)
    expected = {
        (10 + int(j), 10 + i) for i in range(10) for j in distance[i].topk(3, largest=False)[1]
    }
    assert {pair for pair in ends(near) if pair[1] >= 10} == expected
    close, lengths = dgl.radius_graph(points[0], 0.5, get_distances=True)
    flat = torch.cdist(points[0], points[0]).fill_diagonal_(9)
    assert set(ends(close)) == {tuple(x) for x in (flat <= 0.5).nonzero().tolist()}
    assert lengths.shape == (close.num_edges(), 1)


def test_mutation(g):
    g.add_nodes(2, {"x": torch.ones(2, 4)})
    assert g.ndata["x"][30:].tolist() == [[1] * 4] * 2
    g.add_edges([31, 40], 0, {"w": torch.tensor([5.0, 6.0])})
    assert g.num_nodes() == 41
    assert g.edata["w"][200:].tolist() == [5, 6]
    w = g.edata["w"]
    g.remove_edges([0, 0, 3], store_ids=True)
    kept = [i for i in range(202) if i not in (0, 3)]
    assert g.edata[dgl.EID].tolist() == kept
    assert torch.equal(g.edata["w"], w[kept])
    before = ends(g)
    g.remove_nodes([0])
    assert ends(g) == [(u - 1, v - 1) for u, v in before if u and v]
    assert dgl.add_nodes(g, 1).num_nodes() == g.num_nodes() + 1
    with pytest.raises(AssertionError):
        g.remove_edges([10**6])
    merged = dgl.merge([dgl.graph(([0], [1])), dgl.graph(([3], [0]))])
    assert ends(merged) == [(0, 1), (3, 0)]


def test_homophily_and_label_informativeness():
    g = dgl.graph(([0, 1, 1, 2, 3], [1, 0, 2, 3, 2]))
    y = torch.tensor([0, 0, 1, 1])
    assert dgl.edge_homophily(g, y) == pytest.approx(4 / 5)
    assert dgl.node_homophily(g, y) == pytest.approx((1 + 1 + 1 / 2 + 1) / 4)
    both = 6
    expected = (3 / both) ** 2 + (3 / both) ** 2
    assert dgl.adjusted_homophily(g, y) == pytest.approx((4 / both - expected) / (1 - expected))
    assert dgl.linkx_homophily(g, y) == pytest.approx((1 - 0.5) + (2 / 3 - 0.5))
    apart = dgl.graph(([0, 1, 2, 3], [1, 0, 3, 2]))
    assert dgl.edge_label_informativeness(apart, y) == pytest.approx(1, abs=1e-5)
    assert dgl.node_label_informativeness(apart, y) == pytest.approx(1, abs=1e-5)


def test_depth_first_search_labels_every_edge():
    g = dgl.graph(([0, 0, 1, 1], [1, 2, 2, 0]))
    edges, labels = dgl.dfs_labeled_edges_generator(
        g, [0], has_reverse_edge=True, has_nontree_edge=True
    )
    assert [(int(e), int(k)) for e, k in zip(edges, labels)] == [
        (0, 0), (2, 0), (2, 1), (3, 2), (0, 1), (1, 2),
    ]  # fmt: skip
    plain = dgl.dfs_labeled_edges_generator(g, [0], return_labels=False)
    assert [x.tolist() for x in plain] == [x.tolist() for x in dgl.dfs_edges_generator(g, [0])]
    with pytest.raises(dgl.DGLError):
        dgl.dfs_labeled_edges_generator(g, [9])
