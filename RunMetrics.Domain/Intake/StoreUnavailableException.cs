namespace RunMetrics.Domain.Intake;

/// <summary>The store cannot write now; the same facts may be written later.</summary>
/// <param name="message">What keeps the store from writing.</param>
/// <param name="inner">What the store's own driver said.</param>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
