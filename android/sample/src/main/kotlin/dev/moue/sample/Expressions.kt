package dev.moue.sample

import android.content.Context
import dev.moue.Expression

/** The order of the bars and their colours. Names come from the library. */
object Expressions {
    /** From pleasant to unpleasant, the relaxed face last: an order that doesn't change while one looks. */
    val all = listOf(
        Expression.HAPPY,
        Expression.SURPRISE,
        Expression.SAD,
        Expression.FEAR,
        Expression.ANGRY,
        Expression.DISGUST,
        Expression.NEUTRAL,
    )

    /** The bar's colour, as `0xAARRGGBB`, for the theme of [context]. */
    fun color(context: Context, expression: Expression): Int = context.getColor(
        when (expression) {
            Expression.ANGRY -> R.color.angry
            Expression.DISGUST -> R.color.disgust
            Expression.FEAR -> R.color.fear
            Expression.HAPPY -> R.color.happy
            Expression.SAD -> R.color.sad
            Expression.SURPRISE -> R.color.surprise
            Expression.NEUTRAL -> R.color.neutral
        },
    )
}
