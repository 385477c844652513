//! Every set of kernels that this CPU can run gives the scalar kernels' numbers to the last bit: all outputs, and every tensor between. The
//! scalar kernels themselves are held against an oracle in `oracle.rs`.

mod support;

use support::network::Network;
use support::{Random, cases, kernel_sets, plan, random_network, run, scalar};

fn assert_equal(network: &Network, pictures: &[Vec<u8>], what: &str) {
    let file = network.file().encode();
    let outputs = network.outputs();
    let mut reference = plan(&file, scalar(), network.height, network.width);
    for set in kernel_sets() {
        let mut tested = plan(&file, set, network.height, network.width);
        for luma in pictures {
            assert!(
                run(&mut tested, outputs, luma) == run(&mut reference, outputs, luma),
                "{what}, {}, of\n{network:?}",
                set.name()
            );
        }
    }
}

#[test]
fn wide_networks_give_the_scalar_numbers() {
    for seed in 0..cases(400) {
        let mut random = Random(seed);
        let network = random_network::wide(&mut random);
        let size = network.height * network.width;
        let pictures = [random.bytes(size), vec![255; size], vec![0; size]];
        assert_equal(&network, &pictures, &format!("seed {seed}"));
    }
}

#[test]
fn networks_of_all_layers_give_the_scalar_numbers() {
    for seed in 0..cases(800) {
        let mut random = Random(10_000 + seed);
        let network = random_network::random(&mut random);
        let size = network.height * network.width;
        let pictures = [random.bytes(size), random.bytes(size)];
        assert_equal(&network, &pictures, &format!("seed {seed}"));
    }
}
