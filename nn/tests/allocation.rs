//! A plan takes all its memory when it is made: running it takes none. An allocator that counts tells.

mod support;

use allocation_counter::measure;
use moue_nn::Model;
use support::{Random, random_network};

#[test]
fn running_a_plan_allocates_nothing_on_any_set_of_kernels() {
    for set in support::kernel_sets() {
        for seed in 0..40 {
            let mut random = Random(seed);
            let network = random_network::random(&mut random);
            let file = network.file().encode();
            let mut plan = support::plan(&file, set, network.height, network.width);
            let luma = random.bytes(network.height * network.width);
            let taken = measure(|| plan.run(&luma).unwrap());
            assert!(!plan.output(0).data.is_empty());
            assert_eq!(taken.count_total, 0, "seed {seed}, {}", set.name());
        }
    }
}

#[test]
fn a_file_of_empty_messages_is_refused_before_it_grows_in_memory() {
    // Two bytes each: a node, an initialiser, a graph input, a graph output; a metadata entry outside the graph.
    for (outer, tag) in [
        (true, 0x0a),
        (true, 0x2a),
        (true, 0x5a),
        (true, 0x62),
        (false, 0x72),
        (false, 0x42),
    ] {
        let empty = [tag, 0].repeat(4 << 20);
        let bytes = if outer {
            support::onnx::Message::default().bytes(7, &empty).0
        } else {
            empty
        };
        let taken = measure(|| {
            let error = Model::from_bytes(&bytes).unwrap_err();
            assert!(error.to_string().contains("too many"), "{error}");
        });
        // A list of the default 32,768 initialisers, while it moves to one of twice the length, is the most there may be.
        assert!(
            taken.bytes_max <= 24 << 20,
            "{} bytes at once for field tag {tag:#x}",
            taken.bytes_max
        );
        assert!(taken.count_total < 1_000);
    }
}

#[test]
fn a_length_that_the_file_only_claims_takes_no_memory() {
    let mut bytes = vec![0x3a];
    support::onnx::push_varint(&mut bytes, 1 << 40);
    bytes.extend_from_slice(&[0; 64]);
    let taken = measure(|| drop(Model::from_bytes(&bytes).unwrap_err()));
    assert!(taken.bytes_max < 4096);
}
