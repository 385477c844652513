// Android's thermal status and what a session makes of it.
package dev.moue

import android.app.Application
import android.content.Context
import android.os.Build
import android.os.PowerManager
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowPowerManager

private const val PATIENCE_MS = 60_000L

@RunWith(RobolectricTestRunner::class)
class ThermalStatusTest {
    private val application: Application = RuntimeEnvironment.getApplication()
    private val power: ShadowPowerManager = shadowOf(application.getSystemService(Context.POWER_SERVICE) as PowerManager)
    private val picture = GreyPicture.read("astronaut.pgm")

    @Test
    fun `each of Android's steps has one of ours`() {
        val steps = (PowerManager.THERMAL_STATUS_NONE..PowerManager.THERMAL_STATUS_SHUTDOWN).map(::thermal)
        val critical = Thermal.CRITICAL
        assertEquals(listOf(Thermal.NOMINAL, Thermal.FAIR, Thermal.SERIOUS, Thermal.SERIOUS, critical, critical, critical), steps)
    }

    @Test
    fun `an Android that tells no thermal status is left alone`() {
        assumeTrue("Android 10 and newer tell it", Build.VERSION.SDK_INT < Build.VERSION_CODES.Q)
        MoueSession.openBlocking().use { it.watchThermalStatus(application) }
    }

    @Test
    fun `a hot device leaves a session less, until the session ends`() = runBlocking {
        assumeTrue("Android 10 is the first that tells it", Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q)
        withTimeout(PATIENCE_MS) {
            val session = MoueSession.open(LiveOptions(budget = Budget.Results(10f)))
            suspend fun intervalAt(timestampNs: Long): Long {
                session.submit(picture.direct(), picture.layout, timestampNs)
                return session.results.first { it.timestampNs == timestampNs }.activity.intervalNs
            }
            session.watchThermalStatus(application)
            // Ten a second, then a quarter of it.
            assertEquals(100_000_000L, intervalAt(1))
            power.setCurrentThermalStatus(PowerManager.THERMAL_STATUS_CRITICAL)
            assertEquals(400_000_000L, intervalAt(2_000_000_000))
            assertEquals(1, power.thermalStatusListeners.size)
            session.close()
            while (power.thermalStatusListeners.isNotEmpty()) Thread.sleep(10)
            assertTrue(session.isClosed)
        }
    }
}
