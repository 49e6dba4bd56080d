"""What of DGL's public surface is not there yet, and how that is said.

`SURFACE` lists the names that DGL 2.1 documents, by module. A name in it that our module of the
same path does not define raises `NotImplementedError`, which names it; anything else is an ordinary
`AttributeError`. So nothing has to be edited here when a name is added to the package. Modules of
DGL that have no counterpart of ours can be imported all the same and behave likewise.

`markdown()` prints the table for the documentation.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Callable, Sequence

PACKAGE = __name__.rpartition(".")[0]
ANY = "*"
"""Stands for every public name of a module."""

SURFACE: dict[str, frozenset[str]] = {
    module: frozenset(names.split())
    for module, names in {
        "": """
        ALL AddEdge AddMetaPaths AddReverse AddSelfLoop BaseTransform Compose DGLError DGLGraph
        DGLHeteroGraph DropEdge DropNode EID ETYPE FeatMask GCNNorm GDC HeatKernel KHopGraph LapPE
        LaplacianPE LazyFeature LineGraph NID NTYPE NodeShuffle PPR RandomWalkPE RemoveSelfLoop
        RowFeatNormalizer SIGNDiffusion SVDPE ToLevi ToSimple add_edges add_nodes add_reverse_edges
        add_self_loop adj_product_graph adj_sum_graph adjusted_homophily apply_each backend_name
        batch bfs_edges_generator bfs_nodes_generator bipartite_from_networkx bipartite_from_scipy
        block_to_graph broadcast_edges broadcast_nodes compact_graphs copy_u copy_v create_block
        dfs_edges_generator dfs_labeled_edges_generator double_radius_node_labeling edge_homophily
        edge_label_informativeness edge_subgraph edge_type_subgraph enable_verbose_logging
        extract_ext_funcs from_cugraph from_networkx from_scipy get_global_func graph
        hetero_from_shared_memory heterograph in_subgraph is_libxsmm_enabled khop_adj khop_graph
        khop_in_subgraph khop_out_subgraph knn_graph lap_pe laplacian_lambda_max laplacian_pe
        line_graph linkx_homophily list_global_func_names load_backend load_graphs max_edges
        max_nodes mean_edges mean_nodes merge metapath_reachable_graph metis_partition
        metis_partition_assignment node_homophily node_label_informativeness node_subgraph
        node_type_subgraph norm_by_dst out_subgraph partition_graph_with_halo prop_edges
        prop_edges_dfs prop_nodes prop_nodes_bfs prop_nodes_topo radius_graph rand_bipartite
        rand_graph random_walk_pe readout_edges readout_nodes register_func remove_edges
        remove_nodes remove_self_loop reorder_graph reverse save_graphs seed segmented_knn_graph
        set_dst_lazy_features set_edge_lazy_features set_node_lazy_features set_src_lazy_features
        shortest_dist slice_batch softmax_edges softmax_nodes sort_csc_by_tag sort_csr_by_tag
        sum_edges sum_nodes svd_pe to_bfloat16 to_bidirected to_block to_cugraph to_double to_float
        to_half to_heterogeneous to_homogeneous to_networkx to_simple to_simple_graph topk_edges
        topk_nodes topological_nodes_generator u_add_v u_div_v u_dot_v u_mul_v u_sub_v unbatch
        use_libxsmm
        """,
        "backend": ANY,
        "cuda": "GPUCache",
        "cuda.nccl": ANY,
        "data": """
        AIFBDataset AMDataset ActorDataset AmazonCoBuy AmazonCoBuyComputerDataset
        AmazonCoBuyPhotoDataset AmazonRatingsDataset AsGraphPredDataset AsLinkPredDataset
        AsNodePredDataset BA2MotifDataset BACommunityDataset BAShapeDataset BGSDataset BitcoinOTC
        BitcoinOTCDataset CIFAR10SuperPixelDataset CLUSTERDataset COCOSuperpixelsDataset CSVDataset
        ChameleonDataset CitationGraphDataset CiteseerGraphDataset Coauthor CoauthorCSDataset
        CoauthorPhysicsDataset CoraBinary CoraFull CoraFullDataset CoraGraphDataset CornellDataset
        DGLBuiltinDataset DGLDataset FB15k237Dataset FB15kDataset FakeNewsDataset FlickrDataset
        FraudAmazonDataset FraudDataset FraudYelpDataset GDELT GDELTDataset GINDataset ICEWS18
        ICEWS18Dataset KarateClub KarateClubDataset LegacyPPIDataset LegacyTUDataset
        MNISTSuperPixelDataset MUTAGDataset MinesweeperDataset MiniGCDataset MovieLensDataset
        PATTERNDataset PPIDataset PeptidesFunctionalDataset PeptidesStructuralDataset
        PubmedGraphDataset QM7b QM7bDataset QM9 QM9Dataset QM9Edge QM9EdgeDataset QuestionsDataset
        RedditDataset RomanEmpireDataset SBMMixture SBMMixtureDataset SST SSTDataset
        SquirrelDataset Subset TUDataset TexasDataset TolokersDataset TreeCycleDataset
        TreeGridDataset VOCSuperpixelsDataset WN18Dataset WikiCSDataset WisconsinDataset
        YelpDataset ZINCDataset add_node_property_split add_nodepred_split check_sha1 citegrh
        download extract_archive get_download_dir load_data load_graphs load_labels load_tensors
        loadtxt mask_nodes_by_property register_data_args save_graphs save_tensors split_dataset
        """,
        "data.utils": """
        Subset add_node_property_split add_nodepred_split check_sha1 deprecate_class
        deprecate_function deprecate_property download extract_archive generate_mask_tensor
        get_download_dir idx2mask load_graphs load_info load_labels load_tensors loadtxt makedirs
        mask_nodes_by_property save_graphs save_info save_tensors split_dataset
        """,
        "dataloading": """
        BlockSampler CappedNeighborSampler ClusterGCNSampler CollateWrapper Collator
        DDPTensorizedDataset DataLoader DistEdgeDataLoader DistNodeDataLoader EdgeCollator
        EdgePredictionSampler GraphCollator GraphDataLoader LaborSampler
        MultiLayerFullNeighborSampler MultiLayerNeighborSampler NeighborSampler NodeCollator
        SAINTSampler Sampler ShaDowKHopSampler SpotTarget TensorizedDataset
        as_edge_prediction_sampler find_exclude_eids negative_sampler set_dst_lazy_features
        set_edge_lazy_features set_node_lazy_features set_src_lazy_features
        """,
        "dataloading.negative_sampler": "GlobalUniform PerSourceUniform Uniform",
        "distributed": """
        DistDataLoader DistEmbedding DistGraph DistGraphServer DistTensor EdgeCollator
        EdgePartitionPolicy GraphPartitionBook KVClient KVServer NodeCollator NodePartitionPolicy
        PartitionPolicy RangePartitionBook dgl_partition_to_graphbolt edge_split exit_client
        find_edges in_subgraph initialize load_partition load_partition_book load_partition_feats
        node_split optim partition_graph sample_etype_neighbors sample_neighbors
        """,
        "distributed.nn": "NodeEmbedding",
        "distributed.optim": "SparseAdagrad SparseAdam",
        "function": """
        copy_e copy_u e_add_u e_add_v e_div_u e_div_v e_dot_u e_dot_v e_mul_u e_mul_v e_sub_u
        e_sub_v max mean min sum u_add_e u_add_v u_div_e u_div_v u_dot_e u_dot_v u_mul_e u_mul_v
        u_sub_e u_sub_v v_add_e v_add_u v_div_e v_div_u v_dot_e v_dot_u v_mul_e v_mul_u v_sub_e
        v_sub_u
        """,
        "geometry": "farthest_point_sampler neighbor_matching",
        "graphbolt": """
        BasicFeatureStore BuiltinDataset CANONICAL_ETYPE_DELIMITER CPUCachedFeature CSCFormatBase
        CooperativeConv CooperativeConvFunction CopyTo DataLoader Dataset DiskBasedFeature
        DistributedItemSampler Feature FeatureFetcher FeatureStore FusedCSCSamplingGraph
        FusedSampledSubgraphImpl GPUCache GPUCachedFeature HeteroItemSet InSubgraphSampler
        ItemSampler ItemSet ItemSetDict LayerNeighborSampler LegacyDataset MiniBatch
        MiniBatchTransformer NegativeSampler NeighborSampler ORIGINAL_EDGE_ID OnDiskDataset
        OnDiskTask SampledSubgraph SampledSubgraphImpl SamplingGraph SubgraphSampler Task
        TemporalLayerNeighborSampler TemporalNeighborSampler TorchBasedFeature
        TorchBasedFeatureStore UniformNegativeSampler add_reverse_edges compact_csc_format
        etype_str_to_tuple etype_tuple_to_str exclude_seed_edges expand_indptr from_dglgraph
        fused_csc_sampling_graph index_select indptr_edge_ids isin load_from_shared_memory
        preprocess_ondisk_dataset seed unique_and_compact unique_and_compact_csc_formats
        wrap_with_cached_feature
        """,
        "mpops": "copy_u copy_v u_add_v u_div_v u_dot_v u_mul_v u_sub_v",
        "multiprocessing": """
        Process Queue call_once_and_share get_context set_start_method shared_tensor spawn
        """,
        "ndarray": ANY,
        "nn": """
        AGNNConv APPNPConv AtomicConv AvgPooling BiasedMHA CFConv ChebConv CuGraphGATConv
        CuGraphRelGraphConv CuGraphSAGEConv DGNConv DeepWalk DegreeEncoder DenseChebConv
        DenseGraphConv DenseSAGEConv DotGatConv EGATConv EGNNConv EGTLayer EdgeConv EdgeGATConv
        EdgePredictor EdgeWeightNorm GATConv GATv2Conv GCN2Conv GINConv GINEConv GMMConv
        GNNExplainer GatedGCNConv GatedGraphConv GlobalAttentionPooling GraphConv GraphormerLayer
        GroupRevRes HGTConv HeteroEmbedding HeteroGNNExplainer HeteroGraphConv HeteroLinear
        HeteroPGExplainer HeteroSubgraphX JumpingKnowledge KNNGraph LabelPropagation LapPosEncoder
        MaxPooling MetaPath2Vec NNConv NodeEmbedding PGExplainer PNAConv PathEncoder RadiusGraph
        RelGraphConv SAGEConv SGConv SegmentedKNNGraph Sequential Set2Set SetTransformerDecoder
        SetTransformerEncoder SortPooling SpatialEncoder SpatialEncoder3d SubgraphX SumPooling
        TAGConv TWIRLSConv TWIRLSUnfoldingAndAttention TransE TransR TypedLinear WeightAndSum
        WeightBasis edge_softmax
        """,
        "nn.functional": "edge_softmax",
        "ops": """
        copy_e copy_e_max copy_e_mean copy_e_min copy_e_sum copy_u copy_u_max copy_u_mean
        copy_u_min copy_u_sum copy_v e_add_u e_add_v e_div_u e_div_v e_dot_u e_dot_v e_mul_u
        e_mul_v e_sub_u e_sub_v edge_softmax gather_mm gsddmm gspmm segment_mm segment_reduce
        segment_softmax u_add_e u_add_e_max u_add_e_mean u_add_e_min u_add_e_sum u_add_v u_div_e
        u_div_e_max u_div_e_mean u_div_e_min u_div_e_sum u_div_v u_dot_e u_dot_v u_mul_e
        u_mul_e_max u_mul_e_mean u_mul_e_min u_mul_e_sum u_mul_v u_sub_e u_sub_e_max u_sub_e_mean
        u_sub_e_min u_sub_e_sum u_sub_v v_add_e v_add_u v_div_e v_div_u v_dot_e v_dot_u v_mul_e
        v_mul_u v_sub_e v_sub_u
        """,
        "optim": "SparseAdagrad SparseAdam",
        "random": "choice seed",
        "sampling": """
        PinSAGESampler RandomWalkNeighborSampler global_uniform_negative_sampling
        node2vec_random_walk pack_traces random_walk sample_etype_neighbors sample_labors
        sample_neighbors sample_neighbors_biased sample_neighbors_fused select_topk
        """,
        "sparse": """
        SparseMatrix add bsddmm bspmm diag div from_coo from_csc from_csr from_torch_sparse
        identity inv matmul mul neg power reduce sddmm smax smean smin softmax sp_add sp_add_v
        sp_broadcast_v sp_div sp_div_v sp_mul sp_mul_v sp_power sp_sub sp_sub_v spmatrix spmm
        sprod spspmm sub sum to_torch_sparse_coo to_torch_sparse_csc to_torch_sparse_csr val_like
        """,
        "storages": """
        FeatureStorage NumpyStorage PyTorchTensorStorage TensorStorage register_storage_wrapper
        wrap_storage
        """,
        "transforms": """
        AddEdge AddMetaPaths AddReverse AddSelfLoop BaseTransform Compose DropEdge DropNode FeatMask
        GCNNorm GDC HeatKernel KHopGraph LapPE LaplacianPE LineGraph NodeShuffle PPR RandomWalkPE
        RemoveSelfLoop RowFeatNormalizer SIGNDiffusion SVDPE ToLevi ToSimple add_edges add_nodes
        add_reverse_edges add_self_loop adj_product_graph adj_sum_graph compact_graphs
        double_radius_node_labeling khop_adj khop_graph knn_graph lap_pe laplacian_lambda_max
        laplacian_pe line_graph metapath_reachable_graph norm_by_dst radius_graph random_walk_pe
        remove_edges remove_nodes remove_self_loop reorder_graph reverse segmented_knn_graph
        shortest_dist sort_csc_by_tag sort_csr_by_tag svd_pe to_bfloat16 to_bidirected to_block
        to_double to_float to_half to_simple to_simple_graph metis_partition
        metis_partition_assignment
        partition_graph_with_halo
        """,
        "utils": "Index apply_each expand_as_pair set_num_threads get_num_threads toindex",
    }.items()
}

GRAPH_SURFACE: frozenset[str] = frozenset(
    """
    add_edges add_nodes add_self_loop adj adj_external adj_tensors adjacency_matrix all_edges
    apply_edges apply_nodes astype batch_num_edges batch_num_nodes batch_size canonical_etypes clone
    cpu create_formats_ device dstdata dstnodes dsttypes edata edge_attr_schemes edge_ids
    edge_subgraph edge_type_subgraph edges etypes filter_edges filter_nodes find_edges formats
    get_edge_storage get_etype_id get_node_storage get_ntype_id get_ntype_id_from_dst
    get_ntype_id_from_src global_uniform_negative_sampling has_edges_between has_nodes idtype
    in_degrees in_edges in_subgraph inc incidence_matrix int is_block is_homogeneous is_multigraph
    is_pinned is_unibipartite khop_in_subgraph khop_out_subgraph line_graph local_scope local_var
    long materialize_data metagraph multi_update_all ndata node_attr_schemes node_type_subgraph
    nodes ntypes num_dst_nodes num_edges num_nodes num_src_nodes number_of_dst_nodes
    number_of_edges number_of_nodes number_of_src_nodes out_degrees out_edges out_subgraph
    pin_memory_ predecessors prop_edges prop_nodes pull push record_stream remove_edges remove_nodes
    remove_self_loop reorder_graph reverse sample_etype_neighbors sample_labors sample_neighbors
    sample_neighbors_biased sample_neighbors_fused select_topk send_and_recv set_batch_num_edges
    set_batch_num_nodes set_e_initializer set_n_initializer shared_memory srcdata srcnodes srctypes
    subgraph successors to to_canonical_etype to_cugraph to_networkx to_simple unpin_memory_
    update_all
    """.split()
)
"""Attributes of `DGLGraph`."""

# Source files of DGL's that programs import from, and that hold names of the package above them.
# Where we have no such file, the names are looked up there.
_FILES: dict[str, str] = {
    "data": """
        actor adapter bitcoinotc citation_graph cluster csv_dataset dgl_dataset fakenews flickr
        fraud gdelt geom_gcn gindt gnn_benchmark graph_serialize heterophilous_graphs icews18 karate
        knowledge_graph lrgb minigc movielens pattern ppi qm7b qm9 qm9_edge rdf reddit sbm
        superpixel synthetic tensor_serialize tree tu wikics yelp zinc
        """,
    "dataloading": """
        base capped_neighbor_sampler cluster_gcn dataloader dist_dataloader graphsaint labor_sampler
        neighbor_sampler shadow spot_target
        """,
    "distributed": "dist_graph dist_tensor graph_partition_book kvstore partition",
    "function": "message reducer",
    "geometry": "edge_coarsening fps",
    "graphbolt": """
        base dataloader dataset feature_fetcher feature_store impl internal item_sampler itemset
        minibatch negative_sampler sampled_subgraph subgraph_sampler
        """,
    "mpops": "edgewise",
    "multiprocessing": "pytorch",
    "nn": "pytorch",
    "nn.pytorch": """
        conv explain factory glob gt hetero linear link network_emb softmax sparse_emb utils
        """,
    "nn.pytorch.conv": """
        agnnconv appnpconv atomicconv cfconv chebconv densechebconv densegraphconv densesageconv
        dgnconv dotgatconv edgeconv edgegatconv egatconv egnnconv gatconv gatedgcnconv
        gatedgraphconv gatv2conv gcn2conv ginconv gineconv gmmconv graphconv grouprevres hgtconv
        nnconv pnaconv relgraphconv sageconv sgconv tagconv twirlsconv
        """,
    "ops": "edge_softmax gather_mm sddmm segment spmm",
    "optim": "pytorch",
    "sampling": "labor negative neighbor node2vec_randomwalk pinsage randomwalks",
    "sparse": """
        broadcast elementwise_op matmul reduction sddmm softmax sparse_matrix unary_op
        """,
    "storages": "base numpy pytorch_tensor tensor",
    "transforms": "functional module to_block",
    "": "partition",
}
FILES: frozenset[str] = frozenset(
    f"{package}.{name}".lstrip(".") for package, names in _FILES.items() for name in names.split()
)


def error(path: str) -> NotImplementedError:
    """The exception that names what is not there: `path` as DGL spells it, less `dgl.`."""
    return NotImplementedError(
        f"dgl.{path} is not implemented in Grapevine yet; docs/dgl-compatibility.md lists what is."
    )


def _is_missing(module: str, name: str) -> bool:
    """Whether DGL's module (less `dgl.`) documents the name."""
    names = SURFACE.get(module, frozenset())
    return name in names or ANY in names


def _relative(module: str) -> str:
    """The path of a module below the package: "data.utils" of "grapevine.data.utils"."""
    return module[len(PACKAGE) :].lstrip(".")


def _lookup(module: str, name: str) -> Any:
    """What a module's `__getattr__` gives for a name that it does not define."""
    relative = _relative(module)
    if not name.startswith("_"):
        below = f"{relative}.{name}".lstrip(".")
        if below in FILES or below in SURFACE:
            return importlib.import_module(f"{PACKAGE}.{below}")
        if _is_missing(relative, name):
            raise error(below)
    raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)


def module_getattr(module: str) -> Callable[[str], Any]:
    """A `__getattr__` for one of our modules: `__getattr__ = module_getattr(__name__)`.

    It raises `NotImplementedError` for what DGL has there and we have not, imports submodules that
    DGL's `import dgl` brings along, and raises `AttributeError` for the rest.
    """

    def __getattr__(name: str) -> Any:
        return _lookup(module, name)

    return __getattr__


def graph_attribute(name: str) -> Any:
    """The end of `DGLGraph.__getattr__`: raises `NotImplementedError` for what DGL's graph has."""
    if name in GRAPH_SURFACE:
        raise error(f"DGLGraph.{name}")
    raise AttributeError(f"'DGLGraph' object has no attribute {name!r}", name=name)


class _Stub(ModuleType):
    """A module of DGL's that we have no file for."""

    def __getattr__(self, name: str) -> Any:
        relative = _relative(self.__name__)
        if relative in FILES and not name.startswith("_"):
            try:
                return getattr(importlib.import_module(self.__name__.rpartition(".")[0]), name)
            except AttributeError:
                pass
        return _lookup(self.__name__, name)


class _StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds DGL's modules that we have no file for. Asked last, so a file of ours comes first."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        relative = _relative(fullname)
        if not fullname.startswith(PACKAGE + ".") or relative not in FILES | SURFACE.keys():
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Stub(spec.name, f"dgl.{_relative(spec.name)}: not there yet, or elsewhere.")

    def exec_module(self, module: ModuleType) -> None:
        pass


def install() -> None:
    """Makes DGL's modules that we have no file for importable. Called once, by the package."""
    if not any(isinstance(finder, _StubFinder) for finder in sys.meta_path):
        sys.meta_path.append(_StubFinder())
    for package in _FILES:
        module = sys.modules.get(f"{PACKAGE}.{package}")
        if module is not None and not hasattr(module, "__path__"):
            module.__path__ = []  # one file here is a package there: `dgl.function.message`


def _defined(module: str) -> frozenset[str]:
    """The documented names that our module of this path defines."""
    found = importlib.import_module(f"{PACKAGE}.{module}".rstrip("."))
    return frozenset(name for name in SURFACE[module] if name in vars(found))


def missing() -> dict[str, list[str]]:
    """By module ("" is `dgl`), the names of DGL's surface that are not there; `["*"]` for all."""
    table = {module: sorted(SURFACE[module] - _defined(module)) for module in SURFACE}
    graph = importlib.import_module(PACKAGE).DGLGraph
    table["DGLGraph"] = sorted(name for name in GRAPH_SURFACE if not hasattr(graph, name))
    return {module: names for module, names in table.items() if names}


def markdown() -> str:
    """The table of what is there and what is not, for the documentation.

    In a shell: `python -c "from grapevine.not_implemented import markdown; print(markdown())"`.
    """
    table = missing()
    lines = ["| module | there | of | not there yet |", "|---|---:|---:|---|"]
    for module, names in sorted((SURFACE | {"DGLGraph": GRAPH_SURFACE}).items()):
        absent = table.get(module, [])
        count = "all" if ANY in names else str(len(names))
        there = 0 if ANY in names else len(names) - len(absent)
        shown = "everything" if absent and there == 0 else ", ".join(f"`{name}`" for name in absent)
        lines.append(f"| `{f'dgl.{module}'.rstrip('.')}` | {there} | {count} | {shown} |")
    return "\n".join(lines) + "\n"
