// Stand-ins for what docs/android.md takes of AndroidX's lifecycles: names and types only.
package androidx.lifecycle

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.MainScope

interface LifecycleOwner

val LifecycleOwner.lifecycleScope: CoroutineScope get() = MainScope()
