// Stand-in for CameraX's provider.
package androidx.camera.lifecycle

import android.content.Context
import androidx.camera.core.CameraSelector
import androidx.camera.core.UseCase
import androidx.lifecycle.LifecycleOwner
import java.util.concurrent.Executor
import java.util.concurrent.Future

/** As Guava's, which CameraX returns. */
interface ListenableFuture<T> : Future<T> {
    fun addListener(listener: Runnable, executor: Executor)
}

abstract class ProcessCameraProvider {
    abstract fun bindToLifecycle(owner: LifecycleOwner, selector: CameraSelector, vararg useCases: UseCase)

    companion object {
        fun getInstance(context: Context): ListenableFuture<ProcessCameraProvider> = throw UnsupportedOperationException(context.packageName)
    }
}
