//! Every kernel on buffers that lie beside a forbidden page: the picture, weights and all that was packed with them, arena, scratch and
//! outputs. A kernel that reads or writes past them ends this process. 64-bit Unix only.

#![cfg(all(unix, target_pointer_width = "64"))]

#[path = "support/guard.rs"]
mod guard;
mod support;

use guard::{Guard, Side, guarded, page};
use support::network::{Activation, Convolution, Layer, Network, Quantization, as_they_are};
use support::{Random, cases, kernel_sets, plan, random_network, run, scalar};

#[global_allocator]
static GUARD: Guard = Guard;

/// Runs a network on every set, guarded on one side, and holds it against the scalar kernels, unguarded.
fn check(network: &Network, side: Side, random: &mut Random) {
    let file = network.file().encode();
    let (height, width) = (network.height, network.width);
    let luma = random.bytes(height * width);
    let expected = run(
        &mut plan(&file, scalar(), height, width),
        network.outputs(),
        &luma,
    );
    for set in kernel_sets() {
        let found = guarded(side, || {
            let luma = luma.clone();
            let mut plan = plan(&file, set, height, width);
            plan.run(&luma).expect("the picture has the planned size");
            (0..network.outputs())
                .flat_map(|index| plan.output(index).data)
                .map(|real| real.to_bits())
                .collect::<Vec<u32>>()
        });
        assert!(found == expected, "{}, {network:?}", set.name());
    }
}

#[test]
fn the_guard_is_where_it_should_be() {
    let end = guarded(Side::End, || vec![1u8; 100]);
    assert_eq!((end.as_ptr() as usize + 100) % page(), 0);
    let start = guarded(Side::Start, || vec![1u16; 100]);
    assert_eq!(start.as_ptr() as usize % page(), 0);
    for address in [end.as_ptr() as usize + 100, start.as_ptr() as usize - 1] {
        assert!(
            !can_be_read(address),
            "{address:#x} beside an allocation can be read"
        );
    }
    assert!(can_be_read(end.as_ptr() as usize + 99));
}

/// Asks the kernel, which answers with an error where a read would end the process.
fn can_be_read(address: usize) -> bool {
    let mut pipe = [0; 2];
    // SAFETY: a pipe of our own; `write` checks the address itself.
    unsafe {
        assert_eq!(libc::pipe(pipe.as_mut_ptr()), 0);
        let written = libc::write(pipe[1], address as *const libc::c_void, 1);
        libc::close(pipe[0]);
        libc::close(pipe[1]);
        written == 1
    }
}

#[test]
fn random_networks_stay_inside_their_buffers() {
    for seed in 0..cases(40) {
        let mut random = Random(seed);
        let network = if seed % 2 == 0 {
            random_network::random(&mut random)
        } else {
            random_network::wide(&mut random)
        };
        for side in [Side::End, Side::Start] {
            check(&network, side, &mut random);
        }
    }
}

/// The picture's 8x8 pixels make every tensor whole cache lines whatever its channels, so that the arena ends where its last tensor does.
#[test]
fn every_channel_count_stays_inside_its_buffers() {
    let step = if cases(8) == 8 { 1 } else { 5 };
    for channels in (1..=72).step_by(step) {
        let mut random = Random(channels as u64);
        for stride in [1, 2] {
            check(
                &reading(&mut random, channels, stride),
                Side::End,
                &mut random,
            );
        }
        for (inputs, outputs) in [(channels, channels), (64, channels)] {
            let network = block(&mut random, inputs, outputs, 1);
            check(&network, Side::End, &mut random);
            // Few kernels could read before a buffer.
            if channels % 8 == 1 {
                check(&network, Side::Start, &mut random);
            }
        }
    }
}

/// First convolution, depthwise, pointwise, its sum with itself, a mean, and heads on all of them.
fn block(random: &mut Random, inputs: usize, outputs: usize, stride: usize) -> Network {
    let layer = |convolution| {
        let quantization = Quantization {
            scale: 0.02,
            zero_point: 100,
        };
        Layer::Convolution(convolution, Activation::None, quantization)
    };
    let mut convolution = |input: usize, from: usize, outputs: usize, kernel: usize, depthwise| {
        let pad = kernel / 2;
        let depth = kernel * kernel * if depthwise { 1 } else { from };
        Convolution {
            input,
            outputs,
            kernel,
            stride: 1,
            pads: [pad; 4],
            is_depthwise: depthwise,
            weights: (0..outputs * depth).map(|_| random.next() as i8).collect(),
            scales: vec![0.001; outputs],
            bias: vec![7; outputs],
        }
    };
    let stem = convolution(0, 1, inputs, 3, false);
    let depthwise = Convolution {
        stride,
        ..convolution(1, inputs, inputs, 3, true)
    };
    let pointwise = convolution(2, inputs, outputs, 1, false);
    let dense = convolution(3, outputs, inputs, 3, false);
    let quantization = Quantization {
        scale: 0.05,
        zero_point: 3,
    };
    let mut layers = vec![
        layer(stem),
        layer(depthwise),
        layer(pointwise),
        Layer::Add([3, 3], quantization),
        layer(dense),
        Layer::Pool(3, quantization),
    ];
    for (input, channels) in [(4, outputs), (5, inputs), (6, outputs)] {
        layers.push(Layer::Output {
            convolution: as_they_are(input, channels),
            is_flat: input == 6,
        });
    }
    layers.push(Layer::Output {
        convolution: convolution(3, outputs, 5, 1, false),
        is_flat: false,
    });
    Network {
        height: 8,
        width: 8,
        is_any_size: false,
        layers,
    }
}

/// A depthwise convolution that reads the last tensor of the arena: the first one is larger than all others and comes first, the one
/// behind it is placed after it, and the result takes the first one's place.
fn reading(random: &mut Random, channels: usize, stride: usize) -> Network {
    let mut layers = Vec::new();
    for (input, from, outputs, kernel, stride) in [
        (0, 1, channels + 1, 1, 1),
        (1, channels + 1, channels, 1, 1),
        (2, 1, channels, 3, stride),
    ] {
        let convolution = Convolution {
            input,
            outputs,
            kernel,
            stride,
            pads: [kernel / 2; 4],
            is_depthwise: kernel == 3,
            weights: random
                .bytes(outputs * kernel * kernel * from)
                .into_iter()
                .map(u8::cast_signed)
                .collect(),
            scales: vec![0.001; outputs],
            bias: vec![7; outputs],
        };
        let quantization = Quantization {
            scale: 0.02,
            zero_point: 100,
        };
        layers.push(Layer::Convolution(
            convolution,
            Activation::None,
            quantization,
        ));
    }
    layers.push(Layer::Output {
        convolution: as_they_are(3, channels),
        is_flat: false,
    });
    Network {
        height: 8,
        width: 8,
        is_any_size: false,
        layers,
    }
}
