using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace RunMetrics.Data.Storing;

/// <summary>
/// Inserts rows with one prepared statement, which costs about a third of what saving them by change tracking does. Table, columns and conversions
/// are those of the EF Core model.
/// </summary>
internal static class RowInserter
{
    /// <summary>Inserts the entities in their order, within the current transaction of the context.</summary>
    public static async Task InsertAsync<TEntity>(
        this RunMetricsDbContext context, IReadOnlyCollection<TEntity> entities, CancellationToken cancellationToken)
        where TEntity : class
    {
        if (entities.Count == 0)
        {
            return;
        }

        var type = context.Model.FindEntityType(typeof(TEntity))!;
        var table = StoreObjectIdentifier.Create(type, StoreObjectType.Table)!.Value;
        var columns = type.GetProperties().Select(property => new Column(property, table)).ToList();

        await using var command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = context.Database.CurrentTransaction!.GetDbTransaction();
#pragma warning disable CA2100 // The names are those of the model.
        command.CommandText =
            $"INSERT INTO \"{table.Name}\" ({string.Join(", ", columns.Select(column => $"\"{column.Name}\""))}) "
            + $"VALUES ({string.Join(", ", columns.Select(column => column.ParameterName))})";
#pragma warning restore CA2100
        columns.ForEach(column => command.Parameters.Add(column.Parameter));

        foreach (var entity in entities)
        {
            columns.ForEach(column => column.Take(entity));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private sealed class Column(IProperty property, StoreObjectIdentifier table)
    {
        private readonly Func<object?, object?>? _convert = property.GetTypeMapping().Converter?.ConvertToProvider;

        public string Name { get; } = property.GetColumnName(table)!;

        public string ParameterName => $"${Name}";

        public DbParameter Parameter { get; } = new SqliteParameter { ParameterName = $"${property.GetColumnName(table)}" };

        public void Take(object entity)
        {
            var value = property.GetGetter().GetClrValue(entity);
            Parameter.Value = (value is null || _convert is null ? value : _convert(value)) ?? DBNull.Value;
        }
    }
}
