"""Creation of graphs and questions about their structure."""

import networkx
import numpy as np
import pytest
import scipy.sparse
import torch

import grapevine as dgl

SRC = [0, 1, 1, 3, 2, 0]
DST = [1, 0, 2, 2, 3, 1]


@pytest.fixture(params=[torch.int32, torch.int64])
def idtype(request):
    return request.param


@pytest.fixture
def g(idtype):
    return dgl.graph((SRC, DST), num_nodes=5, idtype=idtype)


def hetero():
    return dgl.heterograph(
        {
            ("user", "plays", "game"): ([0, 1, 1, 2], [0, 0, 1, 1]),
            ("user", "follows", "user"): ([0, 1], [1, 2]),
            ("developer", "develops", "game"): ([0, 1], [0, 1]),
        }
    )


@pytest.mark.parametrize(
    "data",
    [
        (SRC, DST),
        (np.array(SRC, dtype=np.int32), np.array(DST, dtype=np.int32)),
        (torch.tensor(SRC), torch.tensor(DST)),
        list(zip(SRC, DST)),
        ("coo", (SRC, DST)),
        ("csr", ([0, 2, 4, 5, 6], [1, 1, 0, 2, 3, 2], [0, 5, 1, 2, 4, 3])),
        ("csc", ([0, 1, 3, 5, 6], [1, 0, 0, 1, 3, 2], [1, 0, 5, 2, 3, 4])),
    ],
)
def test_every_form_of_edges_gives_the_same_graph(data):
    g = dgl.graph(data)
    assert g.idtype == torch.int64
    assert g.num_nodes() == 4
    assert g.edges()[0].tolist() == SRC
    assert g.edges()[1].tolist() == DST


def test_tensors_keep_their_id_type_and_others_become_int64():
    ends = torch.tensor(SRC, dtype=torch.int32), torch.tensor(DST, dtype=torch.int32)
    assert dgl.graph(ends).idtype == torch.int32
    assert dgl.graph((SRC, DST)).idtype == torch.int64
    assert dgl.graph(ends, idtype=torch.int64).idtype == torch.int64
    assert dgl.graph(([], [])).num_nodes() == 0


def test_bad_edges_are_refused():
    with pytest.raises(dgl.DGLError, match="must be larger than the max ID in the data, but got 3"):
        dgl.graph((SRC, DST), num_nodes=3)
    with pytest.raises(dgl.DGLError, match="number of nodes of node type user"):
        dgl.heterograph({("user", "a", "game"): ([5], [0])}, {"user": 2, "game": 1})
    for data in (
        ([0, 1], [1]),
        ([-1], [0]),
        (torch.tensor([0]), torch.tensor([0], dtype=torch.int32)),
        (torch.tensor([0.5]), torch.tensor([1.0])),
    ):
        with pytest.raises(dgl.DGLError):
            dgl.graph(data)
    with pytest.raises(dgl.DGLError, match="from_scipy"):
        dgl.graph(scipy.sparse.eye(3))
    with pytest.raises(dgl.DGLError, match="from_networkx"):
        dgl.graph(networkx.path_graph(3))


def test_degrees_and_neighbours(g, idtype):
    assert g.in_degrees().tolist() == np.bincount(DST, minlength=5).tolist()
    assert g.out_degrees().tolist() == np.bincount(SRC, minlength=5).tolist()
    assert g.in_degrees().dtype == idtype
    assert g.in_degrees(1) == 2
    assert g.out_degrees([3, 0]).tolist() == [1, 2]
    assert g.predecessors(2).tolist() == [1, 3]
    assert g.successors(0).tolist() == [1, 1]
    src, dst, eid = g.in_edges([2, 1], form="all")
    assert (src.tolist(), dst.tolist(), eid.tolist()) == ([1, 3, 0, 0], [2, 2, 1, 1], [2, 3, 0, 5])
    assert g.out_edges(1, form="eid").tolist() == [1, 2]
    assert g.find_edges([4, 0])[0].tolist() == [2, 0]
    assert g.is_multigraph


def test_edges_between_nodes(g):
    assert g.has_edges_between(0, 1) is True
    assert g.has_edges_between([0, 0], [1, 2]).tolist() == [True, False]
    assert g.edge_ids(0, 1) == 0
    assert g.edge_ids([3, 1], [2, 0]).tolist() == [3, 1]
    assert [x.tolist() for x in g.edge_ids([0, 4], [1, 4], return_uv=True)] == [
        [0, 0],
        [1, 1],
        [0, 5],
    ]
    with pytest.raises(dgl.DGLError, match=r"Error: \(4, 4\) does not form a valid edge"):
        g.edge_ids([0, 4, 4], [1, 4, 0])
    assert g.has_nodes(4) is True
    assert g.has_nodes([4, 5]).tolist() == [True, False]


def test_ids_are_checked(g, idtype):
    other = torch.int64 if idtype == torch.int32 else torch.int32
    with pytest.raises(dgl.DGLError, match='Expect argument "v" to have data type'):
        g.in_edges(torch.tensor([0], dtype=other))
    with pytest.raises(dgl.DGLError, match="int32 or int64"):
        g.in_edges([0.5])
    with pytest.raises(dgl.DGLError, match="1-D"):
        g.in_edges([[0]])
    with pytest.raises(dgl.DGLError, match="u contains invalid node IDs"):
        g.out_edges([7])
    with pytest.raises(dgl.DGLError, match="Invalid edge ID 9"):
        g.find_edges([9])
    with pytest.raises(dgl.DGLError, match="Invalid form"):
        g.all_edges(form="x")


def test_order_of_edges(g):
    src, dst, eid = g.edges(form="all", order="srcdst")
    assert list(zip(src.tolist(), dst.tolist())) == sorted(zip(SRC, DST))
    assert sorted(eid.tolist()) == list(range(6))


def test_types_are_sorted_and_looked_up():
    g = hetero()
    assert g.ntypes == ["developer", "game", "user"]
    assert g.canonical_etypes == [
        ("developer", "develops", "game"),
        ("user", "follows", "user"),
        ("user", "plays", "game"),
    ]
    assert g.num_nodes() == 2 + 2 + 3
    assert g.num_edges() == 8
    assert g.num_edges("plays") == 4
    assert g.to_canonical_etype("plays") == ("user", "plays", "game")
    assert g.get_etype_id("plays") == 2
    with pytest.raises(dgl.DGLError, match='Edge type "x" does not exist.'):
        g.num_edges("x")
    with pytest.raises(dgl.DGLError, match='Node type "x" does not exist.'):
        g.num_nodes("x")
    with pytest.raises(dgl.DGLError, match="Edge type name must be specified"):
        g.edges()
    both = dgl.heterograph({("a", "r", "b"): ([0], [0]), ("b", "r", "a"): ([0], [0])})
    with pytest.raises(dgl.DGLError, match="ambiguous"):
        both.num_edges("r")


def test_bipartite_graph_has_sides():
    g = dgl.heterograph({("user", "plays", "game"): ([0, 1], [1, 2])}, {"user": 2, "game": 4})
    assert g.is_unibipartite
    assert (g.srctypes, g.dsttypes) == (["user"], ["game"])
    assert (g.num_src_nodes(), g.num_dst_nodes()) == (2, 4)
    g.srcdata["h"] = torch.ones(2, 3)
    assert g.nodes["user"].data["h"].shape == (2, 3)
    assert g["plays"].ntypes == ["user", "game"]


def test_slices_share_features_and_flatten_keeps_origins():
    g = hetero()
    g["plays"].edata["w"] = torch.arange(4.0)
    assert g.edges["plays"].data["w"].tolist() == [0, 1, 2, 3]
    g.nodes["user"].data["h"] = torch.arange(3.0)
    flat = g[:, :, "game"]
    assert flat.ntypes == ["developer+user", "game"]
    assert flat.etypes == ["develops+plays"]
    assert flat.num_edges() == 6
    assert flat.edata[dgl.EID].tolist() == [0, 1, 0, 1, 2, 3]
    assert flat.srcdata[dgl.NTYPE].tolist() == [0, 0, 2, 2, 2]
    assert flat.srcdata[dgl.NID].tolist() == [0, 1, 0, 1, 2]
    src, dst = flat.edges()
    assert src.tolist() == [0, 1, 2, 3, 3, 4]
    assert dst.tolist() == [0, 1, 0, 0, 1, 1]
    with pytest.raises(dgl.DGLError, match="Invalid key"):
        g["x"]


def test_printing():
    g = dgl.graph(([0, 1], [1, 2]))
    g.ndata["x"] = torch.zeros(3, 4)
    assert repr(g) == (
        "Graph(num_nodes=3, num_edges=2,\n"
        "      ndata_schemes={'x': Scheme(shape=(4,), dtype=torch.float32)}\n"
        "      edata_schemes={})"
    )
    assert repr(hetero()) == (
        "Graph(num_nodes={'developer': 2, 'game': 2, 'user': 3},\n"
        "      num_edges={('developer', 'develops', 'game'): 2, ('user', 'follows', 'user'): 2, "
        "('user', 'plays', 'game'): 4},\n"
        "      metagraph=[('developer', 'game', 'develops'), ('user', 'user', 'follows'), "
        "('user', 'game', 'plays')])"
    )
    block = dgl.create_block(([0, 1], [0, 0]), num_src_nodes=2, num_dst_nodes=1)
    assert repr(block) == "Block(num_src_nodes=2, num_dst_nodes=1, num_edges=2)"


def test_formats(g):
    assert g.formats() == {"created": ["coo"], "not created": ["csr", "csc"]}
    csc = g.formats("csc")
    assert csc.formats() == {"created": ["csc"], "not created": []}
    with pytest.raises(dgl.DGLError):
        csc.out_degrees([0])
    g.create_formats_()
    assert g.formats()["not created"] == []


def test_id_types(g, idtype):
    assert g.int().idtype == torch.int32
    assert g.long().idtype == torch.int64
    assert g.astype(idtype) is g
    with pytest.raises(dgl.DGLError):
        g.astype(torch.float32)


def test_matrices(g):
    matrix = np.zeros((5, 5))
    np.add.at(matrix, (SRC, DST), 1)
    assert np.array_equal(g.adj_external().to_dense().numpy(), matrix)
    assert np.array_equal(g.adj_external(transpose=True).to_dense().numpy(), matrix.T)
    assert np.array_equal(g.adj_external(scipy_fmt="csr").toarray(), matrix)
    assert np.array_equal(g.adj_external(scipy_fmt="coo", transpose=True).toarray(), matrix.T)
    incidence = g.inc("both").to_dense()
    expected = torch.zeros(5, 6)
    expected[SRC, torch.arange(6)] -= 1
    expected[DST, torch.arange(6)] += 1
    assert torch.equal(incidence, expected)


def test_networkx_round_trip():
    g = dgl.graph((SRC, DST))
    g.ndata["x"] = torch.arange(4.0)
    g.edata["w"] = torch.arange(6.0)
    back = dgl.from_networkx(
        g.to_networkx(["x"], ["w"]),
        node_attrs=["x"],
        edge_attrs=["w", "id"],
        edge_id_attr_name="id",
    )
    assert back.edges()[0].tolist() == SRC
    assert back.edges()[1].tolist() == DST
    assert back.ndata["x"].tolist() == [0, 1, 2, 3]
    assert back.edata["w"].tolist() == list(range(6))
    assert dgl.from_networkx(networkx.path_graph(3)).num_edges() == 4


def test_scipy_round_trip():
    matrix = scipy.sparse.random(6, 6, 0.4, format="csr", random_state=0)
    for form in ("csr", "csc", "coo"):
        g = dgl.from_scipy(matrix.asformat(form), eweight_name="w")
        back = torch.zeros(6, 6, dtype=torch.float64)
        back[g.edges()[0], g.edges()[1]] = g.edata["w"]
        assert np.allclose(back.numpy(), matrix.toarray())
    wide = dgl.bipartite_from_scipy(scipy.sparse.coo_matrix(np.ones((2, 3))), "u", "e", "v")
    assert (wide.num_nodes("u"), wide.num_nodes("v"), wide.num_edges()) == (2, 3, 6)
    with pytest.raises(dgl.DGLError, match="number of rows"):
        dgl.from_scipy(scipy.sparse.coo_matrix(np.ones((2, 3))))


def test_random_graphs_repeat_after_a_seed():
    dgl.seed(3)
    first = dgl.rand_graph(50, 100)
    dgl.seed(3)
    again = dgl.rand_graph(50, 100)
    assert torch.equal(first.edges()[0], again.edges()[0])
    assert not first.is_multigraph
    assert dgl.rand_bipartite("u", "e", "v", 5, 6, 30).num_edges() == 30
