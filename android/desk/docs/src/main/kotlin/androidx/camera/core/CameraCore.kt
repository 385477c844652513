// Stand-ins for what docs/android.md takes of CameraX's core: names and types as its documentation gives them, nothing behind them.
@file:Suppress("UnusedParameter")

package androidx.camera.core

import java.nio.ByteBuffer
import java.util.concurrent.Executor

interface ImageInfo {
    val rotationDegrees: Int
    val timestamp: Long
}

interface ImageProxy : AutoCloseable {
    val width: Int
    val height: Int
    val planes: Array<PlaneProxy>
    val imageInfo: ImageInfo

    interface PlaneProxy {
        val buffer: ByteBuffer
        val rowStride: Int
        val pixelStride: Int
    }
}

open class UseCase

class CameraSelector(val lensFacing: Int) {
    companion object {
        val DEFAULT_FRONT_CAMERA = CameraSelector(0)
    }
}

class ImageAnalysis : UseCase() {
    fun interface Analyzer {
        fun analyze(image: ImageProxy)
    }

    fun setAnalyzer(executor: Executor, analyzer: Analyzer) = Unit

    class Builder {
        fun setBackpressureStrategy(strategy: Int): Builder = apply { require(strategy == STRATEGY_KEEP_ONLY_LATEST) }

        fun build() = ImageAnalysis()
    }

    companion object {
        const val STRATEGY_KEEP_ONLY_LATEST = 0
    }
}

class Preview : UseCase() {
    interface SurfaceProvider

    fun setSurfaceProvider(provider: SurfaceProvider?) = Unit

    class Builder {
        fun build() = Preview()
    }
}
