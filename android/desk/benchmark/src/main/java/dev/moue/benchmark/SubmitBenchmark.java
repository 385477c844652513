// In Java: JMH makes its code while Java's compiler runs.
package dev.moue.benchmark;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a submitted frame costs the camera's thread, by the fast path and by the generated one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SubmitBenchmark {
    /** Frames of this height and 4 by 3: the tiny one shows the way alone, the other what a camera sends. */
    @Param({"12", "480"})
    public int height;

    private Paths paths;

    @Setup
    public void open() {
        paths = new Paths(height * 4 / 3, height);
    }

    @TearDown
    public void close() {
        paths.close();
    }

    @Benchmark
    public Object fast() {
        return paths.fast();
    }

    @Benchmark
    public Object generated() {
        return paths.generated();
    }
}
