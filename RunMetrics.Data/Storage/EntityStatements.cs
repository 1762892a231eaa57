using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace RunMetrics.Data.Storage;

/// <summary>
/// The statements that find, insert and update single rows of an entity, prepared once for a connection: translating them for every fact costs
/// several times what running them does. Table, columns and conversions are those of the EF Core model.
/// </summary>
/// <typeparam name="TEntity">The entity.</typeparam>
internal sealed class EntityStatements<TEntity> : IDisposable
    where TEntity : class
{
    private readonly List<Column> _columns;
    private readonly List<Column> _changing;
    private readonly Column _lookup;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _update;

    /// <summary>Makes the statements.</summary>
    /// <param name="model">The EF Core model.</param>
    /// <param name="connection">An open connection.</param>
    /// <param name="lookup">The property by which rows are found and updated.</param>
    /// <param name="changing">The properties that may change once a row is stored.</param>
    public EntityStatements(IModel model, SqliteConnection connection, string lookup, params IReadOnlyList<string> changing)
    {
        var type = model.FindEntityType(typeof(TEntity))!;
        var table = StoreObjectIdentifier.Create(type, StoreObjectType.Table)!.Value;
        _columns = [.. type.GetProperties().Select(property => new Column(property, table))];
        _changing = [.. _columns.Where(column => changing.Contains(column.PropertyName, StringComparer.Ordinal))];
        _lookup = _columns.Single(column => column.PropertyName == lookup);
        _find = Prepare(
            connection,
            $"SELECT {string.Join(", ", _columns.Select(column => column.Name))} FROM \"{table.Name}\" WHERE {_lookup.Name} = {_lookup.Parameter}",
            [_lookup]);
        _insert = Prepare(
            connection,
            $"INSERT INTO \"{table.Name}\" ({string.Join(", ", _columns.Select(column => column.Name))}) "
            + $"VALUES ({string.Join(", ", _columns.Select(column => column.Parameter))})",
            _columns);
        _update = Prepare(
            connection,
            $"UPDATE \"{table.Name}\" SET {string.Join(", ", _changing.Select(column => $"{column.Name} = {column.Parameter}"))} "
            + $"WHERE {_lookup.Name} = {_lookup.Parameter}",
            [.. _changing, _lookup]);
    }

    /// <summary>Finds the entities with a value of the property by which they are looked up.</summary>
    public IReadOnlyList<TEntity> Find(string value, SqliteTransaction transaction)
    {
        _find.Transaction = transaction;
        _find.Parameters[0].Value = value;
        using var reader = _find.ExecuteReader();
        var entities = new List<TEntity>();
        while (reader.Read())
        {
            var entity = (TEntity)Activator.CreateInstance(typeof(TEntity), nonPublic: true)!;
            foreach (var (position, column) in _columns.Index())
            {
                column.Set(entity, reader.IsDBNull(position) ? null : reader.GetValue(position));
            }

            entities.Add(entity);
        }

        return entities;
    }

    /// <summary>Inserts an entity.</summary>
    public void Insert(TEntity entity, SqliteTransaction transaction) => Execute(_insert, _columns, entity, transaction);

    /// <summary>Writes what may have changed of a stored entity.</summary>
    public void Update(TEntity entity, SqliteTransaction transaction) => Execute(_update, [.. _changing, _lookup], entity, transaction);

    public void Dispose()
    {
        _find.Dispose();
        _insert.Dispose();
        _update.Dispose();
    }

    private static void Execute(SqliteCommand command, IReadOnlyList<Column> columns, TEntity entity, SqliteTransaction transaction)
    {
        command.Transaction = transaction;
        foreach (var (position, column) in columns.Index())
        {
            command.Parameters[position].Value = column.Get(entity) ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, IEnumerable<Column> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The names are those of the model.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var column in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = column.Parameter });
        }

        return command;
    }

    private sealed class Column
    {
        private readonly IProperty _property;
        private readonly Func<object?, object?>? _toColumn;
        private readonly Func<object?, object?>? _toProperty;
        private readonly Type _columnType;

        public Column(IProperty property, StoreObjectIdentifier table)
        {
            var name = property.GetColumnName(table)!;
            var converter = property.GetTypeMapping().Converter;
            _property = property;
            _toColumn = converter?.ConvertToProvider;
            _toProperty = converter?.ConvertFromProvider;
            _columnType = converter?.ProviderClrType ?? Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
            Name = $"\"{name}\"";
            Parameter = $"${name}";
        }

        public string Name { get; }

        public string Parameter { get; }

        public string PropertyName => _property.Name;

        public object? Get(TEntity entity)
        {
            var value = _property.GetGetter().GetClrValue(entity);
            return value is null || _toColumn is null ? value : _toColumn(value);
        }

        public void Set(TEntity entity, object? stored)
        {
            var value = stored is null ? null : Convert.ChangeType(stored, _columnType, CultureInfo.InvariantCulture);
            _property.PropertyInfo!.SetValue(entity, value is null || _toProperty is null ? value : _toProperty(value));
        }
    }
}
