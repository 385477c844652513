// How warm Android says the device is, told to a session.
package dev.moue

import android.annotation.TargetApi
import android.content.Context
import android.os.Build
import android.os.PowerManager
import java.lang.ref.WeakReference

/**
 * From now on the session does less when the device gets hot, so that Android needn't slow the whole app down; until the session ends.
 *
 * Before Android 10 (API 29) nobody tells how warm the device is, and this does nothing.
 */
public fun MoueSession.watchThermalStatus(context: Context) {
    if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) return
    context.applicationContext.getSystemService(PowerManager::class.java)?.tell(this)
}

@TargetApi(Build.VERSION_CODES.Q)
private fun PowerManager.tell(session: MoueSession) {
    val watch = ThermalWatch(WeakReference(session))
    watch.onThermalStatusChanged(currentThermalStatus)
    addThermalStatusListener(watch)
    session.whenEnded { removeThermalStatusListener(watch) }
}

/** Holds the session weakly: Android holds its listeners for the life of the process, and a forgotten session must go. */
@TargetApi(Build.VERSION_CODES.Q)
private class ThermalWatch(private val session: WeakReference<MoueSession>) : PowerManager.OnThermalStatusChangedListener {
    override fun onThermalStatusChanged(status: Int) {
        session.get()?.setThermal(thermal(status))
    }
}

/** Android's seven steps as the four that both platforms share. */
internal fun thermal(status: Int): Thermal = when (status) {
    PowerManager.THERMAL_STATUS_NONE -> Thermal.NOMINAL

    PowerManager.THERMAL_STATUS_LIGHT -> Thermal.FAIR

    PowerManager.THERMAL_STATUS_MODERATE, PowerManager.THERMAL_STATUS_SEVERE -> Thermal.SERIOUS

    // Critical, emergency, shutdown, and whatever may come above.
    else -> Thermal.CRITICAL
}
