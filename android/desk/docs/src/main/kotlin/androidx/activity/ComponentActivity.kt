// Stand-in for AndroidX's activity.
package androidx.activity

import android.app.Activity
import androidx.lifecycle.LifecycleOwner

open class ComponentActivity :
    Activity(),
    LifecycleOwner
